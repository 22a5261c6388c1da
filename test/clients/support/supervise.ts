import { execFile } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../../support/fixtures.js";
import type { Client } from "./programs.js";
import { wordsOf } from "./script.js";

/** The command, as it is installed. */
export const MAIN = join(ROOT, "dist/cli/main.js");

/** No session here takes a tenth of it. */
const LONGEST_MS = 120_000;

/** How a program ended, and what it printed. */
export interface Ended {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  /** Of `ffiscope run`. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `ffiscope run -- COMMAND...`, to its end, as a user starts it. */
export function supervise(
  command: readonly string[],
  { options = [], env = {} }: Options = {},
): Promise<Ended> {
  return finish(process.execPath, [MAIN, "run", ...options, "--", ...command], env);
}

/** A client that does what `script` says, supervised. */
export function superviseScript(
  client: Client,
  script: string,
  options: readonly string[] = [],
): Promise<Ended> {
  const command = [...client.command(), ...wordsOf(script)];
  return supervise(command, { options, ...(client.env && { env: client.env }) });
}

/** Runs a program to its end. */
export function finish(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const options = {
    cwd: ROOT,
    env: { ...process.env, ...env },
    maxBuffer: 2 ** 28,
    timeout: LONGEST_MS,
    killSignal: "SIGKILL" as const,
  };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === "number" ? error.code : null) : 0;
      resolve({ code, stdout, stderr });
    });
  });
}
