import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { FfiscopeError } from "../model/index.js";
import { EventStream } from "./event-stream.js";
import { newToken, pass } from "./gate.js";
import type { History } from "./history.js";
import { pageFiles } from "./page-files.js";

const LOOPBACK = "127.0.0.1";

/** The page may load what this server has, and talk to nobody else. */
const POLICY = [
  "default-src 'none'",
  ...["script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:"],
  ...["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join("; ");

const HEADERS = {
  "Content-Security-Policy": POLICY,
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
} as const;

/** How long a page that was closed may be away before it counts as closed: it may be reloading. */
const AWAY_MS = 1_500;

/** How long a page may take to hear that nothing more comes. */
const FAREWELL_MS = 250;

/** What the server shows. */
export interface Shown {
  readonly history: History;
  /** The SVG text of a chart, or null. */
  chart(number: number): string | null;
}

/** Serves the page to this machine alone, to whoever has the URL. */
export class PageServer {
  readonly #server: Server;
  readonly #token = newToken();
  readonly #files = pageFiles();
  readonly #streams = new Set<EventStream>();
  #away: NodeJS.Timeout | null = null;
  #noteClosed: () => void = () => {};
  /** Resolves when a page was open and none is any more. */
  readonly pageClosed = new Promise<void>((resolve) => {
    this.#noteClosed = resolve;
  });

  constructor(readonly shown: Shown) {
    this.#server = createServer((request, response) => {
      const passed = pass(request, this.port, this.#token);
      if ("status" in passed) return refuse(response, passed.status, passed.reason);
      try {
        this.#answer(passed.path, response);
      } catch (error) {
        // The page says so; the program that is inspected goes on.
        refuse(response, 500, error instanceof Error ? error.message : String(error));
      }
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.port}/${this.#token}/`;
  }

  /** @throws FfiscopeError INSPECTOR_PORT where the port cannot be had. */
  async listen(port: number): Promise<void> {
    const listening = once(this.#server, "listening");
    this.#server.listen(port, LOOPBACK);
    try {
      await listening;
    } catch (cause) {
      throw new FfiscopeError({
        code: "INSPECTOR_PORT",
        message: `the inspector cannot listen on port ${port}: ${(cause as Error).message}`,
        remedy: "Give another port, or none for one that is free",
        cause,
      });
    }
  }

  async close(): Promise<void> {
    this.#settle();
    const closed = once(this.#server, "close");
    this.#server.close();
    const farewells = [...this.#streams].map((stream) => stream.finish());
    this.#server.closeIdleConnections();
    const limit = new AbortController();
    const late = delay(FAREWELL_MS, undefined, { signal: limit.signal }).catch(() => {});
    await Promise.race([Promise.all(farewells), late]);
    limit.abort();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(path: string, response: ServerResponse): void {
    if (path === "events") return this.#stream(response);
    const [, number] = /^charts\/(\d{1,6})\.svg$/.exec(path) ?? [];
    const svg = number === undefined ? null : this.shown.chart(Number(number));
    if (svg !== null) return reply(response, 200, "image/svg+xml; charset=utf-8", svg);
    const file = this.#files.get(path);
    if (file) return reply(response, 200, file.type, file.content);
    refuse(response, 404, "there is no such file");
  }

  #stream(response: ServerResponse): void {
    response.writeHead(200, { ...HEADERS, "Content-Type": "text/event-stream" });
    if (response.req.method === "HEAD") {
      response.end();
      return;
    }
    this.#settle();
    const stream = new EventStream(this.shown.history, response);
    this.#streams.add(stream);
    response.on("close", () => {
      this.#streams.delete(stream);
      if (this.#streams.size === 0 && this.#server.listening) this.#leave();
    });
  }

  #leave(): void {
    this.#away = setTimeout(this.#noteClosed, AWAY_MS);
  }

  #settle(): void {
    if (this.#away) clearTimeout(this.#away);
    this.#away = null;
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  reply(response, status, "text/plain; charset=utf-8", `${status}: ${reason}\n`);
}

function reply(
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, { ...HEADERS, "Content-Type": type, "Content-Length": length });
  response.end(body);
}
