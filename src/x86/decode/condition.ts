import type { Condition } from "./form.js";
import { Rflags } from "./registers.js";

/** Whether a condition code holds in `rflags` (SDM vol. 1, appendix B). Odd codes negate even ones. */
export function conditionHolds(condition: Condition, rflags: bigint): boolean {
  const flag = (bit: bigint) => (rflags & bit) !== 0n;
  const signed = flag(Rflags.sign) !== flag(Rflags.overflow);
  const holds = [
    flag(Rflags.overflow),
    flag(Rflags.carry),
    flag(Rflags.zero),
    flag(Rflags.carry) || flag(Rflags.zero),
    flag(Rflags.sign),
    flag(Rflags.parity),
    signed,
    signed || flag(Rflags.zero),
  ][condition >> 1]!;
  return (condition & 1) === 0 ? holds : !holds;
}
