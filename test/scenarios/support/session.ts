import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { client } from "./client.js";
import { behindCalls } from "./leased.js";
import { leftovers, MARK, nothingLeft } from "./leftovers.js";

/** The command, as it is installed. */
const MAIN = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));

/** No scenario takes a tenth of it. */
const LONGEST_MS = 120_000;

export interface Options {
  /** Of `ffiscope run`. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** How a session ended, and everything that was said. */
export interface Ended {
  /** Of the ffiscope process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  /** Standard output, line by line. */
  readonly lines: readonly string[];
  readonly stderr: string;
}

interface Waiting {
  readonly pattern: RegExp;
  resolve(line: string): void;
  reject(error: Error): void;
}

/** A running `ffiscope run`, in a process session of its own, as a user starts it. */
export class Session {
  readonly process: ChildProcessWithoutNullStreams;
  /** Settles when the ffiscope process is gone. */
  readonly exit: Promise<unknown>;
  readonly #mark = randomUUID();
  readonly #closed: Promise<unknown>;
  #stdout = "";
  #stderr = "";
  /** How much of standard output `said` has passed. */
  #heard = 0;
  #waiting: Waiting | null = null;

  constructor(command: readonly string[], { options = [], env = {}, cwd }: Options = {}) {
    this.process = spawn(process.execPath, [MAIN, "run", ...options, "--", ...command], {
      detached: true, // a session of its own, to know its processes by
      env: { ...process.env, ...env, [MARK]: this.#mark },
      ...(cwd !== undefined && { cwd }),
    });
    this.exit = once(this.process, "exit");
    this.#closed = once(this.process, "close");
    this.process.stdout.setEncoding("utf8").on("data", (text) => {
      this.#stdout += text;
      this.#hear();
    });
    this.process.stderr.setEncoding("utf8").on("data", (text) => {
      this.#stderr += text;
    });
    this.process.stdin.on("error", () => {}); // a program that ended does not read
    this.process.once("close", () => this.#waiting?.reject(this.#problem("ended")));
  }

  get pid(): number {
    return this.process.pid!;
  }

  /** The next line of the program that matches. Rejects when the session ends without it. */
  said(pattern: string | RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const whole = typeof pattern === "string" ? new RegExp(`^${pattern}$`) : pattern;
      this.#waiting = { pattern: whole, resolve, reject };
      this.#hear();
    });
  }

  /** A line on the program's standard input. */
  tell(line = ""): void {
    this.process.stdin.write(`${line}\n`);
  }

  /** The first number in the program's next line that matches. */
  async number(pattern: RegExp): Promise<number> {
    return Number(/\d+/.exec(await this.said(pattern))![0]);
  }

  /** Waits for the session's end, and sees to it that nothing is left of it. */
  async end(): Promise<Ended> {
    const limit = setTimeout(() => this.killAll(), LONGEST_MS);
    const late = performance.now() + LONGEST_MS;
    await this.#closed;
    clearTimeout(limit);
    if (performance.now() >= late) throw this.#problem("did not end by itself");
    try {
      await nothingLeft(this.pid, this.#mark);
    } catch (error) {
      this.killAll();
      throw this.#problem((error as Error).message);
    }
    const { exitCode: code, signalCode: signal } = this.process;
    const lines = this.#stdout.split("\n").slice(0, -1);
    return { code, signal, lines, stdout: this.#stdout, stderr: this.#stderr };
  }

  #hear(): void {
    while (this.#waiting) {
      const newline = this.#stdout.indexOf("\n", this.#heard);
      if (newline < 0) return;
      const line = this.#stdout.slice(this.#heard, newline);
      this.#heard = newline + 1;
      if (!this.#waiting.pattern.test(line)) continue;
      const { resolve } = this.#waiting;
      this.#waiting = null;
      resolve(line);
    }
  }

  #problem(what: string): Error {
    const { exitCode, signalCode } = this.process;
    const how = `exit code ${exitCode}, signal ${signalCode}`;
    return new Error(`the session ${what} (${how})\n${this.#stdout.slice(-2000)}${this.#stderr}`);
  }

  /** Ends what is left of the session, whatever it is. */
  killAll(): void {
    for (const { pid, state } of leftovers(this.pid, this.#mark)) {
      if (state !== "Z") process.kill(pid, constants.signals.SIGKILL);
    }
  }
}

/** The scripted client under `ffiscope run`: test/fixtures/scenarios/client.c has the steps. */
export function supervise(script: string | readonly string[], options?: Options): Session {
  return new Session([client(), ...behindCalls(stepsOf(script))], options);
}

/** As {@link supervise}, to its end. */
export function run(script: string | readonly string[], options?: Options): Promise<Ended> {
  return supervise(script, options).end();
}

export function stepsOf(script: string | readonly string[]): readonly string[] {
  return typeof script === "string" ? script.split(/\s+/).filter((step) => step !== "") : script;
}
