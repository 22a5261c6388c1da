import type { SessionActor } from "ffiscope/machines";
import { STATES } from "./calls.js";
import type { FaultCase } from "./cases.js";
import { type Expected, runTrial, type Trial } from "./trial.js";

const SIGNALS = ["SIGKILL", "SIGSEGV", "SIGTERM", "SIGSTOP", "SIGUSR1"] as const;

/** After SIGSTOP, in ms. */
const STOPPED_MS = 20;

/** What becomes of a session whose program goes on: all of it, and nothing is lost. */
const GOES_ON: Expected = { codes: [7], mustServe: true };

/** It is told as what it is. */
const deathBy = (signal: string): Expected => ({ codes: [1], signal, mustServe: true });

/** What happens in the program itself; faulty.c says what it means. */
const FAULTS: Readonly<Record<string, Expected & { readonly does: string }>> = {
  "the process exits": { does: "exit", codes: [3], mustServe: true },
  "the process crashes": { does: "crash", ...deathBy("SIGSEGV") },
  "one thread crashes": { does: "thread-crash", ...deathBy("SIGSEGV") },
  "one thread exits": { does: "thread-exit", ...GOES_ON },
  "the first thread exits": { does: "leader-exit", ...GOES_ON },
  "a forked child crashes": { does: "child-crash", ...GOES_ON },
  "a vfork child crashes": { does: "vfork-crash", ...GOES_ON },
  "a forked child is killed": { does: "child-killed", ...GOES_ON },
  "the socket is closed": { does: "closed", codes: [91, 92, 1] },
  "the socket is shut for reading": { does: "shut-read", codes: [92, 1] },
  "the socket is shut for writing": { does: "shut-write", codes: [91, 92, 1] },
  "the socket is slow": { does: "slow", ...GOES_ON },
};

/** States in which the program runs. In the last two it is about to be killed. */
const RUNNING = ["initialStop", "idle", "armed", "tracing", "delivering", "severed", "stopping"];

/** There is a process. */
const ALIVE = STATES.slice(STATES.indexOf("seizing"), STATES.indexOf("exited"));

/** `faulty`: the compiled fixture. */
export function traceeCases(faulty: string): FaultCase[] {
  const own = Object.entries(FAULTS).flatMap(([fault, { does, ...expected }]) =>
    RUNNING.filter((state) => state !== "severed" || !fault.includes("socket")).map((state) => ({
      ...{ fault, state, errno: "" },
      run: () => runIn(state, [faulty, state === "stopping" ? "tracing" : state, does], expected),
    })),
  );
  const signals = SIGNALS.flatMap((signal) =>
    ALIVE.map((state) => ({
      ...{ fault: `${signal} to the process`, state, errno: "" },
      run: () => runSignal(signal, state, [faulty, state, "none"]),
    })),
  );
  return [...own, ...signals];
}

/** The command's own fault is in `state`; null where the session has not come to that. */
async function runIn(
  state: string,
  command: readonly string[],
  expected: Expected,
): Promise<Trial | null> {
  let isThere = false;
  const entered = (now: string, session: SessionActor) => {
    if (isThere) return;
    if (state === "stopping" && now === "tracing") session.send({ type: "session.kill" });
    if (now !== state) return;
    isThere = true;
    if (state === "severed") send(session, "SIGUSR2"); // it waits for that
  };
  const end = isAboutToBeKilled(state) ? ANY_END : expected;
  const trial = await runTrial(command, entered, () => {}, end);
  return isThere ? trial : null;
}

/** And perhaps is, before its own fault. */
function isAboutToBeKilled(state: string): boolean {
  return state === "severed" || state === "stopping";
}

const ANY_END: Expected = { codes: [7, 3, 1, 91, 92] };

/** The process is sent a signal when the machine comes to `state`. SIGSTOP is followed by SIGCONT. */
async function runSignal(
  signal: (typeof SIGNALS)[number],
  state: string,
  command: readonly string[],
): Promise<Trial | null> {
  let isSent = false;
  let isStopping = false;
  const entered = (now: string, session: SessionActor) => {
    if (state === "stopping" && now === "tracing" && !isStopping) {
      isStopping = true;
      session.send({ type: "session.kill" });
    }
    if (isSent || now !== state || session.getSnapshot().context.pid === null) return;
    isSent = true;
    send(session, signal);
    if (signal === "SIGSTOP") setTimeout(() => send(session, "SIGCONT"), STOPPED_MS);
  };
  const isDeadly = signal !== "SIGSTOP" && signal !== "SIGUSR1"; // which are the protocol's
  const expected = isDeadly && !isAboutToBeKilled(state) ? deathBy(signal) : ANY_END;
  const trial = await runTrial(command, entered, () => {}, expected);
  return isSent ? trial : null;
}

/** To its process, if there is one. */
function send(session: SessionActor, signal: NodeJS.Signals): void {
  try {
    process.kill(session.getSnapshot().context.pid!, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
