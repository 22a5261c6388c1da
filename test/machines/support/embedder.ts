import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process of its own that embeds a session: one of `programs/`. */
export class Embedder {
  readonly process: ChildProcess;
  readonly #ended: Promise<Ended>;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, ...words: readonly string[]) {
    const path = fileURLToPath(new URL(`../programs/${program}.js`, import.meta.url));
    this.process = spawn(process.execPath, [path, ...words], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#ended = once(this.process, "close").then(([code, signal]) => ({ code, signal }));
    this.#lines = createInterface({ input: this.process.stdout! })[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** The next line of its standard output. */
  async line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`it ended: ${JSON.stringify(await this.#ended)}`);
    return value;
  }

  /** Waits for its end. */
  ended(): Promise<Ended> {
    return this.#ended;
  }

  /** Kills it with SIGKILL, and waits for its end. */
  kill(): Promise<Ended> {
    this.process.kill("SIGKILL");
    return this.#ended;
  }
}
