import { writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { CallRecord } from "../machines/index.js";
import { FfiscopeError, type NamedCode } from "../model/index.js";
import { jsonCallLineChunks } from "../report/index.js";
import { Symbolizer } from "../symbols/index.js";

/**
 * Writes a line for each call, some of it in every turn of the event loop: a child waits for its own
 * events meanwhile, and the next call may run. Accesses of calls that wait to be written are bounded.
 */
export class CallLines {
  readonly #waiting: CallRecord[] = [];
  /** Accesses of the calls that wait. */
  #rows = 0;
  #line: Iterator<string> | null = null;
  #writing: Promise<void> | null = null;
  #failure: FfiscopeError | null = null;

  /** `maxRows`: where more accesses than that wait, they are written at once. */
  constructor(
    readonly fd: number,
    readonly maxRows: number,
    /** Code that no symbol table names. */
    private readonly functions: () => readonly NamedCode[] = () => [],
  ) {}

  add(record: CallRecord): void {
    if (this.#failure) return; // end() tells of it
    this.#waiting.push(record);
    this.#rows += record.log.length;
    if (this.#rows > this.maxRows) while (this.#writeChunk());
    else this.#writing ??= this.#writeAll();
  }

  /** Settles when all lines are written; rejects with FfiscopeError EVENTS_NOT_WRITTEN. */
  async end(): Promise<void> {
    await this.#writing;
    if (this.#failure) throw this.#failure;
  }

  async #writeAll(): Promise<void> {
    while (this.#writeChunk()) await nextTurn();
    this.#writing = null;
  }

  /** False when nothing is left to be written, or nothing more can be. */
  #writeChunk(): boolean {
    this.#line ??= this.#nextLine();
    if (this.#line === null) return false;
    const { value, done } = this.#line.next();
    if (done) this.#line = null;
    else this.#write(value);
    return this.#failure === null;
  }

  #write(text: string): void {
    try {
      writeSync(this.fd, text);
    } catch (cause) {
      this.#failure = new FfiscopeError({
        code: "EVENTS_NOT_WRITTEN",
        message: `the file of --events cannot be written: ${(cause as Error).message}`,
        remedy: "Give a file with room for 200 bytes an event, or a smaller --max-events",
        cause,
      });
    }
  }

  #nextLine(): Iterator<string> | null {
    const record = this.#waiting.shift();
    if (!record) return null;
    this.#rows -= record.log.length;
    return jsonCallLineChunks(record, new Symbolizer(record.maps, this.functions()));
  }
}
