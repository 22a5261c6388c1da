import type { SessionActor } from "ffiscope/machines";
import { ERRNOS, type ErrnoName } from "./calls.js";
import type { FaultPlan } from "./plan.js";
import { isBad, runTrial, type Trial } from "./trial.js";

/** One fault, and what came of it. */
export interface FaultRow {
  readonly call: string;
  readonly state: string;
  readonly errno: string;
  readonly trial: Trial;
}

/** What happens to the tracee's process: a signal from outside. SIGSTOP is followed by SIGCONT. */
export const SIGNALS = ["SIGKILL", "SIGSEGV", "SIGTERM", "SIGSTOP", "SIGUSR1"] as const;

/** After SIGSTOP, in ms. */
const STOPPED_MS = 20;

/** Sessions without a fault: the first has a new thread, the others one that has served before. */
const CENSUS = 4;

/** Which calls the command's session makes in which state, without a fault. */
export async function census(plan: FaultPlan, command: readonly string[]) {
  for (let i = 0; i < CENSUS; i++) {
    const trial = await runTrial(
      command,
      (state) => plan.enter(state),
      () => plan.enter("none"),
    );
    if (isBad(trial) || trial.outcome !== "served") throw new Error(JSON.stringify(trial));
  }
  return plan.seen();
}

/** Runs the command with one fault; null where the call was not made this time. */
export async function runFault(
  plan: FaultPlan,
  command: readonly string[],
  { call, state, errno }: { call: string; state: string; errno: ErrnoName },
  skip: number,
): Promise<Trial | null> {
  plan.arm(call, state, ERRNOS[errno], skip);
  const trial = await runTrial(
    command,
    (now) => plan.enter(now),
    () => plan.enter("none"),
    [7, 1],
  );
  const { hit } = plan;
  plan.disarm();
  return hit ? trial : null;
}

/** Runs the command, and sends its process `signal` when the machine comes to `state`; null where it does not. */
export async function runSignal(
  command: readonly string[],
  state: string,
  signal: (typeof SIGNALS)[number],
): Promise<Trial | null> {
  let isSent = false;
  const send = (now: string, session: SessionActor) => {
    const { pid } = session.getSnapshot().context;
    if (isSent || now !== state || pid === null) return;
    isSent = true;
    process.kill(pid, signal);
    if (signal === "SIGSTOP") setTimeout(() => continueAgain(pid), STOPPED_MS);
  };
  const trial = await runTrial(command, send, () => {}, [7, 1]);
  return isSent ? trial : null;
}

function continueAgain(pid: number): void {
  try {
    process.kill(pid, "SIGCONT");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
