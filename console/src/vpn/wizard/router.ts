/** The transit router of a CEN instance in this region. */
import { useQuery } from "@tanstack/react-query";
import { routerOf } from "../steps";

export function useRouterOf(cenId: string) {
  return useQuery({ queryKey: ["routerOf", cenId], queryFn: () => routerOf(cenId), enabled: cenId !== "" });
}

export type RouterQuery = ReturnType<typeof useRouterOf>;
