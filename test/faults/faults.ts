import { ERRNOS, type ErrnoName } from "./calls.js";
import type { FaultPlan } from "./plan.js";
import { isBad, runTrial, type Trial } from "./trial.js";

/** One fault, and what came of it. */
export interface FaultRow {
  readonly call: string;
  readonly state: string;
  readonly errno: ErrnoName;
  readonly trial: Trial;
}

/** Which calls the command's session makes in which state, without a fault. */
export async function census(plan: FaultPlan, command: readonly string[]) {
  const trial = await runTrial(
    command,
    (state) => plan.enter(state),
    () => plan.enter("none"),
  );
  if (isBad(trial) || trial.outcome !== "served") throw new Error(JSON.stringify(trial));
  return plan.seen();
}

/** Runs the command with one fault; null where the call was not made this time. */
export async function runFault(
  plan: FaultPlan,
  command: readonly string[],
  { call, state, errno }: Omit<FaultRow, "trial">,
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
