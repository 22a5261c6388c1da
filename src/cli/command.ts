import { type Cancellation, endLater } from "./end-by-signal.js";
import { ALL_WELL, CALL_WENT_WRONG, requirePlatform } from "./exit-codes.js";
import { parseCommandLine } from "./options.js";
import { endWithReader, say } from "./output.js";
import { version } from "./version.js";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

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
    case "completion": {
      const { completionScript } = await import("./completion.js");
      process.stdout.write(completionScript(command.shell));
      return ALL_WELL;
    }
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
 * Ctrl-C cancels: the tracee is killed, what was until then is reported, and the signal ends this process
 * as if there were no handler. It does so at once where that takes too long, and when it comes again: the
 * tracee ends with us (PTRACE_O_EXITKILL).
 */
async function cancellable(work: (cancellation: Cancellation) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  let received: NodeJS.Signals | null = null;
  let ended = () => {};
  const onSignal = (signal: NodeJS.Signals) => {
    if (received) return endBy(signal);
    received = signal;
    controller.abort();
    ended = endLater(signal, release);
  };
  const endBy = (signal: NodeJS.Signals) => {
    release();
    process.kill(process.pid, signal);
  };
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const listen = () => {
    for (const signal of SIGNALS) process.on(signal, onSignal);
  };
  listen();
  let code = CALL_WENT_WRONG;
  try {
    code = await work({ signal: controller.signal, release, listen, ended: () => ended() });
  } catch (error) {
    if (!received) throw error;
    say("cancelled");
  } finally {
    release();
  }
  if (received) endBy(received);
  return code;
}
