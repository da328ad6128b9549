/** Who is logged in, for all pages. */
import { createContext, useContext } from "react";
import { may, type Operation, type Session } from "./client";

export interface Login {
  session: Session;
  leave: () => void;
  /** Reads again who is logged in, after something about that changed. */
  renew: () => void;
}

export const LoginContext = createContext<Login | null>(null);

export function useLogin(): Login {
  const login = useContext(LoginContext);
  if (!login) throw new Error("a page is shown without a session");
  return login;
}

/** Tells which operations may be offered. */
export function useMay(): (name: Operation) => boolean {
  const { session } = useLogin();
  return (name) => may(session, name);
}
