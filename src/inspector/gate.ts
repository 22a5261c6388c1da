import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Nobody guesses so many random bytes. */
const TOKEN_BYTES = 24;

const HTTP_PORT = 80;

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

export interface Refusal {
  readonly status: 403 | 405;
  readonly reason: string;
}

/** What the gate lets through: the path behind the token, without a query. */
export interface Passage {
  readonly path: string;
}

/**
 * Who may see the page: a GET that names us by a loopback name in `Host` (one that names another
 * was led here by DNS rebinding), comes from no other origin, and has the token first in its path.
 */
export function pass(request: IncomingMessage, port: number, token: string): Passage | Refusal {
  const { host, origin } = request.headers;
  const suffix = port === HTTP_PORT ? "" : `:${port}`; // browsers leave that one out
  const ours = [`127.0.0.1${suffix}`, `localhost${suffix}`];
  if (!ours.includes(host ?? "")) return refused("the Host header is not this server's");
  if (origin !== undefined && !ours.some((name) => origin === `http://${name}`)) {
    return refused("the request comes from another origin");
  }
  const [, given = "", path] = /^\/([^/?]*)(?:\/([^?]*))?/.exec(request.url ?? "") ?? [];
  if (!isSame(given, token) || path === undefined) {
    return refused("open the page by the URL that ffiscope printed: it has a token");
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { status: 405, reason: "this page is only read" };
  }
  return { path };
}

function refused(reason: string): Refusal {
  return { status: 403, reason };
}

/** In a time that does not tell how much of it was right. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
