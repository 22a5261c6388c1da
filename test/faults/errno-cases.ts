import assert from "node:assert";
import { ERRNOS, type ErrnoName } from "./calls.js";
import type { FaultCase, Random } from "./cases.js";
import { threadsEnded } from "./left.js";
import type { FaultPlan } from "./plan.js";
import { isBad, runTrial, type Trial } from "./trial.js";

/** Sessions without a fault: the first has a new thread, the others one that has served before. */
const CENSUS = 4;

/** Of the times that a call is made in a state, one of the first is to fail. */
const FIRST = 8;

/** Each error of each system call that is made for the command's session, in each state in which it is. */
export async function errnoCases(
  plan: FaultPlan,
  command: readonly string[],
  random: Random,
): Promise<FaultCase[]> {
  const { calls, accesses } = await census(plan, command);
  return calls.flatMap(([fault, state]) =>
    (Object.keys(ERRNOS) as ErrnoName[]).map((errno) => {
      const run = async (attempt: number) => {
        const skip = attempt > 0 || random() < 0.5 ? 0 : Math.floor(random() * FIRST);
        if (attempt === 2) await threadsEnded(); // a new one makes more calls
        const trial = await runErrno(plan, command, { fault, state, errno }, skip);
        return trial && complete(trial, accesses);
      };
      return { fault, state, errno, run };
    }),
  );
}

/** A session that goes on loses nothing, and makes nothing up. */
function complete(trial: Trial, accesses: readonly number[]): Trial {
  const isRight = trial.accesses.every((count, call) => count === accesses[call]);
  return isRight ? trial : { ...trial, outcome: `not served: accesses ${trial.accesses}` };
}

/** Which calls are made in which state, and how many accesses the program makes. */
async function census(plan: FaultPlan, command: readonly string[]) {
  let accesses: readonly number[] = [];
  plan.forget();
  for (let i = 0; i < CENSUS; i++) {
    const trial = await runTrial(
      command,
      (state) => plan.enter(state),
      () => plan.enter("none"),
    );
    if (isBad(trial) || trial.outcome !== "served") throw new Error(JSON.stringify(trial));
    if (i > 0) assert.deepEqual(trial.accesses, accesses);
    accesses = trial.accesses;
  }
  return { calls: plan.seen(), accesses };
}

/** Runs the command with one fault; null where the call was not made this time. */
async function runErrno(
  plan: FaultPlan,
  command: readonly string[],
  { fault, state, errno }: { fault: string; state: string; errno: ErrnoName },
  skip: number,
): Promise<Trial | null> {
  plan.arm(fault, state, ERRNOS[errno], skip);
  const trial = await runTrial(
    command,
    (now) => plan.enter(now),
    () => plan.enter("none"),
    { codes: [7, 1] },
  );
  const { hit } = plan;
  plan.disarm();
  return hit ? trial : null;
}
