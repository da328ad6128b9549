/** Calls of the catalogue with the session's cookie and the page's token. */
import type { Answers } from "./answers";
import { flatten, type Value } from "./form";
import type { operations } from "./schema";

const BASE = "/console/api";
const CSRF = "x-futago-csrf";
const REVEAL = "x-futago-reveal";
const UNAUTHORIZED = 401;

export const VERSIONS = {
  VPC: "2016-04-28",
  CBN: "2017-09-12",
  RAM: "2015-05-01",
  ResourceManager: "2020-03-31",
  STS: "2015-04-01",
  Futago: "2026-12-01",
} as const;

export type Operation = keyof operations;
type Content<N extends Operation> = operations[N] extends {
  requestBody: { content: { "application/x-www-form-urlencoded": infer F } };
}
  ? F
  : never;
export type Parameters<N extends Operation> = Omit<Content<N>, "Action" | "Version">;
export type AnswerOf<N extends Operation> = N extends keyof Answers ? Answers[N] : Record<string, unknown>;

export interface Session {
  AccountId: string;
  AccountName: string;
  UserName: string;
  RegionId: string;
  RegionName: string;
  Version: string;
  CsrfToken: string;
  EndsAt: string;
  HasSecondFactor: boolean;
  /** Whether the account is the one that the installation began with. */
  IsFirstAccount: boolean;
  Actions: string[];
}

/** What the service answered instead of doing what it was asked. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
    readonly requestId: string,
    readonly retryAfter = 0,
  ) {
    super(message);
  }
}

/** What was begun is not over yet, and nobody said no. */
export class Late extends Error {}

/** The service did not answer at all. */
export class Unreachable extends Error {}

let current: Session | null = null;
let onEnd: () => void = () => undefined;

/** Names the session that calls go out with, and what happens when the service ends it. */
export function setSession(session: Session | null, ended?: () => void): void {
  current = session;
  if (ended) onEnd = ended;
}

export interface CallOptions {
  /** Asks for pre-shared keys in the answer, which the audit then names. */
  reveal?: boolean;
  signal?: AbortSignal;
}

/** Calls an operation, for example `call("VPC_CreateVpc", { CidrBlock: "10.0.0.0/16" })`. */
export async function call<N extends Operation>(
  name: N,
  values: Parameters<N>,
  options: CallOptions = {},
): Promise<AnswerOf<N>> {
  const [product, action] = split(name);
  const given = { RegionId: current?.RegionId, ...(values as { [name: string]: Value }) };
  const form = new URLSearchParams([["Action", action], ["Version", VERSIONS[product]], ...flatten(given)]);
  const headers: Record<string, string> = { [CSRF]: current?.CsrfToken ?? "" };
  if (options.reveal) headers[REVEAL] = "1";
  const answer = await send("/call", { method: "POST", headers, body: form, signal: options.signal });
  return answer as AnswerOf<N>;
}

/** Tells whether the user's policies could allow an operation on anything. */
export function may(session: Session, name: Operation): boolean {
  const [product, action] = split(name);
  return session.Actions.includes(`${VERSIONS[product]}/${action}`);
}

export interface Credentials {
  account: string;
  user: string;
  password: string;
  /** Of the second factor; empty while nobody asked for one. */
  code: string;
}

export function logIn({ account, user, password, code }: Credentials): Promise<Session> {
  return json("/login", { Account: account, User: user, Password: password, Code: code }, "") as Promise<Session>;
}

export function logOut(): Promise<unknown> {
  return json("/logout", {}, current?.CsrfToken ?? "");
}

export function changePassword(before: string, after: string): Promise<unknown> {
  return json("/password", { OldPassword: before, NewPassword: after }, current?.CsrfToken ?? "");
}

export interface BegunFactor {
  Secret: string;
  /** What an application reads from a QR code. */
  Uri: string;
}

export function beginFactor(password: string): Promise<BegunFactor> {
  return json("/factor/begin", { Password: password }, current?.CsrfToken ?? "") as Promise<BegunFactor>;
}

export function confirmFactor(code: string): Promise<unknown> {
  return json("/factor/confirm", { Code: code }, current?.CsrfToken ?? "");
}

export function removeFactor(password: string, code: string): Promise<unknown> {
  return json("/factor/remove", { Password: password, Code: code }, current?.CsrfToken ?? "");
}

/** Gives the session of the cookie, or null when nobody is logged in. */
export async function findSession(): Promise<Session | null> {
  try {
    return (await send("/session", {})) as Session;
  } catch (error) {
    if (error instanceof Refusal && error.status === UNAUTHORIZED) return null;
    throw error;
  }
}

/** The address of the stream of news. */
export const NEWS = `${BASE}/news`;

function json(path: string, body: Record<string, string>, token: string): Promise<unknown> {
  const headers = { "content-type": "application/json", [CSRF]: token };
  return send(path, { method: "POST", headers, body: JSON.stringify(body) });
}

async function send(path: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(BASE + path, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable(String(error));
  }
  const answer = (await response.json().catch(() => ({}))) as Record<string, string | number>;
  if (response.ok) return answer;
  const code = String(answer.Code ?? response.status);
  if (code === "Console.NoSession") onEnd();
  throw new Refusal(
    code,
    String(answer.Message ?? response.statusText),
    response.status,
    String(answer.RequestId ?? ""),
    Number(answer.RetryAfter ?? 0),
  );
}

function split(name: Operation): [keyof typeof VERSIONS, string] {
  const cut = name.indexOf("_");
  return [name.slice(0, cut) as keyof typeof VERSIONS, name.slice(cut + 1)];
}
