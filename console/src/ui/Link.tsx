/** A link inside the console that loads no page anew. */
import KitLink, { type LinkProps } from "@cloudscape-design/components/link";
import Button, { type ButtonProps } from "@cloudscape-design/components/button";
import { useHref, useNavigate } from "react-router-dom";

export function Link({ to, ...rest }: { to: string } & Omit<LinkProps, "href" | "onFollow">) {
  const go = useNavigate();
  return (
    <KitLink
      {...rest}
      href={useHref(to)}
      onFollow={(event) => {
        event.preventDefault();
        go(to);
      }}
    />
  );
}

export function LinkButton({ to, ...rest }: { to: string } & Omit<ButtonProps, "href" | "onFollow">) {
  const go = useNavigate();
  return (
    <Button
      {...rest}
      href={useHref(to)}
      onFollow={(event) => {
        event.preventDefault();
        go(to);
      }}
    />
  );
}
