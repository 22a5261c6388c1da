import type { ServerResponse } from "node:http";
import type { History } from "./history.js";

/** Entries are sent in messages of about this many bytes. */
const MESSAGE_BYTES = 256 * 1024;

/**
 * One page's stream of the history, as server-sent events: `opening`, then `entries` as they come
 * and as fast as the page takes them. The history is the only buffer: a page so slow that entries
 * were dropped before it took them gets a new `opening`.
 */
export class EventStream {
  /** The entry that is sent next; null before the opening. */
  #next: number | null = null;
  #scheduled = false;
  #over = false;
  readonly #unhear: () => void;

  constructor(
    readonly history: History,
    readonly response: ServerResponse,
  ) {
    this.#unhear = history.onEntry(() => this.#schedule());
    response.on("drain", () => this.#send());
    response.on("close", () => this.#end());
    this.#send();
  }

  /** Tells the page that nothing more comes. Resolves once it has been told, or is gone. */
  finish(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#over) return resolve();
      this.#send();
      this.#end();
      this.response.once("close", resolve);
      this.response.end(message("end", "{}"));
    });
  }

  #end(): void {
    this.#over = true;
    this.#unhear();
  }

  /** What comes in one turn of the event loop is sent together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#over || this.response.writableNeedDrain) return;
    if (this.#next === null || this.#next < this.history.first) {
      this.#next = this.history.first;
      this.response.write(message("opening", JSON.stringify(this.history.opening())));
    }
    while (!this.response.writableNeedDrain && this.#next < this.history.next) {
      const texts = this.history.textsFrom(this.#next, MESSAGE_BYTES);
      this.#next += texts.length;
      const { first } = this.history;
      this.response.write(message("entries", `{"first":${first},"entries":[${texts.join(",")}]}`));
    }
  }
}

/** JSON has no line breaks, so one line of data is enough. */
function message(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`;
}
