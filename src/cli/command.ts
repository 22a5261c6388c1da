import { type Cancellation, endLater } from "./end-by-signal.js";
import { ALL_WELL, requirePlatform } from "./exit-codes.js";
import { parseCommandLine } from "./options.js";
import { endWithReader, say } from "./output.js";
import { version } from "./version.js";

/** Exit codes of a command that a signal has cancelled, as shells have it. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const SIGNALS = Object.keys(SIGNAL_EXIT) as (keyof typeof SIGNAL_EXIT)[];

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
 * Ctrl-C cancels: the tracee is killed, and what was until then is reported. Where that takes too long, and
 * when the signal comes again, it ends this process as if there were no handler, and the tracee with it
 * (PTRACE_O_EXITKILL). After the run it only closes what is left open.
 */
async function cancellable(work: (cancellation: Cancellation) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  let received: keyof typeof SIGNAL_EXIT | null = null;
  let isOver = false;
  let callOff = () => {};
  const onSignal = (signal: keyof typeof SIGNAL_EXIT) => {
    if (received) {
      release();
      process.kill(process.pid, signal);
    }
    received = signal;
    controller.abort();
    callOff = endLater(signal, release);
  };
  const ended = () => {
    isOver = received === null;
    callOff();
  };
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const listen = () => {
    for (const signal of SIGNALS) process.on(signal, onSignal);
  };
  listen();
  try {
    const code = await work({ signal: controller.signal, release, listen, ended });
    return received && !isOver ? SIGNAL_EXIT[received] : code;
  } catch (error) {
    if (!received) throw error;
    say("cancelled");
    return SIGNAL_EXIT[received];
  } finally {
    release();
  }
}
