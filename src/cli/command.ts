import { readFileSync } from "node:fs";
import { type Cancellation, endLater } from "./end-by-signal.js";
import { ALL_WELL, requirePlatform } from "./exit-codes.js";
import { parseCommandLine } from "./options.js";
import { endWithReader, say } from "./output.js";

/** Exit codes of a process that a signal ended, as shells have it. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Carries out a command line, for which it loads what that takes. Returns the exit code. */
export async function carryOut(words: readonly string[]): Promise<number> {
  const command = parseCommandLine(words);
  // Standard output is the program's in `run`. Node makes a pipe that it opens non-blocking for
  // everyone who shares it, and a C program then loses what the pipe has no room for.
  if (command.command !== "run") endWithReader();
  switch (command.command) {
    case "help": {
      const { helpText } = await import("./usage.js");
      process.stdout.write(helpText(command.topic));
      return ALL_WELL;
    }
    case "version":
      process.stdout.write(`${version()}\n`);
      return ALL_WELL;
    case "doctor": {
      const { doctor } = await import("./doctor.js");
      return doctor();
    }
    case "run": {
      requirePlatform();
      const { run } = await import("./run.js");
      return run(command);
    }
    case "trace": {
      requirePlatform();
      const { prepareTracer } = await import("../machines/link/tracer-pool.js");
      prepareTracer(); // it loads what it is made of while we do
      const { trace } = await import("./trace.js");
      return cancellable((cancellation) => trace(command, cancellation));
    }
  }
}

/**
 * Ctrl-C cancels: the tracee is killed, and nothing is left. Where that takes too long, the signal
 * ends this process as if there were no handler, and the tracee with it (PTRACE_O_EXITKILL).
 */
async function cancellable(work: (cancellation: Cancellation) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  let received: keyof typeof SIGNAL_EXIT | null = null;
  const signals = Object.keys(SIGNAL_EXIT) as (keyof typeof SIGNAL_EXIT)[];
  const onSignal = (signal: keyof typeof SIGNAL_EXIT) => {
    received = signal;
    controller.abort();
    endLater(signal, release);
  };
  const release = () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const listen = () => {
    for (const signal of signals) process.on(signal, onSignal);
  };
  listen();
  try {
    return await work({ signal: controller.signal, release, listen });
  } catch (error) {
    if (!received) throw error;
    say("cancelled");
    return SIGNAL_EXIT[received];
  } finally {
    release();
  }
}

function version(): string {
  const file = new URL("../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
