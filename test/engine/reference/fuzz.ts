import { Code } from "iced-x86";
import type { ExpectedAccess } from "../../x86/case-file.js";
import { HEAP } from "../../x86/machine.js";
import { Probe } from "../../x86/probe.js";
import { Random, randomCode } from "../../x86/random-code.js";
import { accessesWith, randomTrials, type Trial } from "../../x86/random-trials.js";
import { Stage, type Staged } from "./stage.js";

/** Where they would go on is random, or the flags that they load are: the table has those. */
const LEFT_OUT =
  /^(J|Call|Ret|Loop|X(abort|end)|Popf|VEX_K?JK|Ud|Enter|Leave)|Xrstor|Fxrstor|Fldenv|Frstor|Fldcw|ldmxcsr/i;

/** Commands a session takes in one go. */
const SESSION = 5000;

export interface FuzzResult {
  /** Instructions that completed on both. */
  readonly compared: number;
  /** Of these, those that accessed the heap; and those that did so in fragments. */
  readonly accessing: number;
  readonly inFragments: number;
  readonly differences: readonly string[];
}

/**
 * Random instructions, in a traced call under an engine and alone on the processor: what the engine
 * recorded in the heap must be what the decoder says with the processor's state afterwards, and every
 * byte that changed must be one that the engine recorded as written.
 */
export async function fuzz(
  engine: "auto" | "reference",
  seed: number,
  count: number,
  codeOf = randomCode,
): Promise<FuzzResult> {
  const random = new Random(seed);
  const differences: string[] = [];
  let compared = 0;
  let accessing = 0;
  let inFragments = 0;
  for (let left = count; left > 0; left -= SESSION) {
    const trials = randomTrials(random, 2 * Math.min(left, SESSION), codeOf)
      .filter(({ instruction }) => !LEFT_OUT.test(Code[instruction.code]!))
      .slice(0, Math.min(left, SESSION));
    // A program that has a gs base of its own is left to the reference engine.
    if (engine === "auto") for (const { machine } of trials) machine.gs = 0n;
    const staged = await observe(engine, trials);
    for (const [i, trial] of trials.entries()) {
      if (trial.observation!.outcome !== "ok" || staged[i]!.outcome !== "ok") continue;
      compared++;
      if (staged[i]!.accesses.length > 0) accessing++;
      if (staged[i]!.isInFragment) inFragments++;
      const difference = differenceOf(trial, staged[i]!);
      if (difference) differences.push(difference);
    }
  }
  return { compared, accessing, inFragments, differences };
}

function observe(engine: "auto" | "reference", trials: readonly Trial[]): Promise<Staged[]> {
  const probe = new Probe();
  const stage = new Stage(engine);
  for (const trial of trials) {
    probe.set(trial.machine);
    probe.run(trial.code, (observation) => {
      trial.observation = observation;
    });
    stage.add(trial.machine, trial.code);
  }
  probe.execute();
  for (const { machine } of trials) {
    machine.stateSize = probe.stateSize; // by which the layout of a save area is known
    machine.enabled = probe.enabled;
  }
  return stage.perform();
}

function differenceOf(trial: Trial, { accesses }: Staged): string | null {
  const wanted = accessesWith(trial).filter(touchesHeap).map(describe).join(", ");
  const recorded = accesses.map(describe).join(", ");
  const stray = [...trial.observation!.changed.keys()].filter(
    (byte) => byte >= HEAP.start && byte < HEAP.end && !accesses.some((a) => writes(a, byte)),
  );
  if (wanted === recorded && stray.length === 0) return null;
  const name = `${Buffer.from(trial.code).toString("hex")} ${Code[trial.instruction.code]}`;
  const unseen = stray.length > 0 ? `; written unseen: ${stray.map((b) => b.toString(16))}` : "";
  return `${name}: wanted ${wanted || "nothing"}, recorded ${recorded || "nothing"}${unseen}`;
}

const touchesHeap = ({ address, size }: ExpectedAccess) =>
  address + Math.max(size, 1) > HEAP.start && address < HEAP.end;

const writes = (
  { kind, address, size }: Pick<ExpectedAccess, "kind" | "address" | "size">,
  byte: number,
) => kind !== "read" && byte >= address && (kind === "unknown" || byte < address + size);

const describe = ({ kind, address, size, certain }: ExpectedAccess) =>
  `${kind}${certain || kind === "unknown" ? "" : "?"} ${address.toString(16)} ${size}`;
