/** Hears from the service what changed, and has the pages look again. */
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { NEWS } from "./client";

const AGAIN_MS = 2000;
const TOGETHER_MS = 150;

/** Listens while mounted; gives whether the stream is open. */
export function useNews(ended: () => void): boolean {
  const client = useQueryClient();
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    let timer: number | undefined;
    let stream: EventSource;
    let wait: number | undefined;
    let isLooking = false;
    let isAgain = false;
    // One look at a time: a service that is slow to answer is not asked more for being slow.
    const lookOnce = () => {
      if (isLooking) {
        isAgain = true;
        return;
      }
      isLooking = true;
      void client.invalidateQueries().finally(() => {
        isLooking = false;
        if (isAgain) look();
        isAgain = false;
      });
    };
    // Several changes that come together are one reason to look.
    const look = () => {
      window.clearTimeout(wait);
      wait = window.setTimeout(lookOnce, TOGETHER_MS);
    };
    const listen = () => {
      stream = new EventSource(NEWS);
      stream.addEventListener("open", () => {
        setLive(true);
        look();
      });
      stream.addEventListener("changed", look);
      stream.addEventListener("ended", () => {
        stream.close();
        ended();
      });
      stream.onerror = () => {
        setLive(false);
        if (stream.readyState === EventSource.CLOSED) timer = window.setTimeout(listen, AGAIN_MS);
      };
    };
    listen();
    return () => {
      window.clearTimeout(timer);
      window.clearTimeout(wait);
      stream.close();
    };
  }, [client, ended]);
  return isLive;
}
