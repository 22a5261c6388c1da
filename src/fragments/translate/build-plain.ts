import { hasMemoryOperand } from "../../x86/encoding/raw-instruction.js";
import { constantAddress, type Source } from "../../x86/encoding/source-instruction.js";
import type { BlockDraft } from "./block-draft.js";
import { buildChecked } from "./build-checked.js";
import { namesHighest } from "./emit-instruction.js";
import { emitRun, isRun } from "./emit-run.js";

const MOVABLE: ReadonlySet<string> = new Set(["plain", "masked", "exchange"]);

/** An instruction that the next one follows. False where it has to be left to the program itself. */
export function buildPlain(draft: BlockDraft, source: Source): boolean {
  const { raw, encodingClass } = source;
  if (isRun(raw)) return buildRun(draft, source);
  draft.movable = MOVABLE.has(encodingClass.memory);
  // A vector register is not to be taken for the general one with its number.
  if (encodingClass.memory === "indexed" && namesHighest(raw, encodingClass)) return false;
  if (!hasMemoryOperand(raw) || !MOVABLE.has(encodingClass.memory))
    return copy(draft, source, "direct");
  switch (draft.request.modeOf(source, constantAddress(source))) {
    case "direct":
      return copy(draft, source, "direct");
    case "redirected":
      return buildTraced(draft, source);
    case "checked":
      if (!buildChecked(draft, source, (traced) => draft.emitter.instruction(source, traced))) {
        return false;
      }
      draft.records.outcome(source);
      return true;
    default:
      return false;
  }
}

function copy(draft: BlockDraft, source: Source, mode: "direct" | "redirected"): boolean {
  // A comparison and the branch on it are one operation for the processor.
  if (source.encodingClass.memory !== "exchange") draft.advanceBeforeBranch();
  return draft.faultAt(draft.emitter.instruction(source, mode === "redirected"), mode);
}

function buildTraced(draft: BlockDraft, source: Source): boolean {
  const { records } = draft;
  records.expect(source, draft.instruction, "redirected", records.operand(source));
  if (!copy(draft, source, "redirected")) return false;
  records.outcome(source);
  return true;
}

/** A string instruction. */
function buildRun(draft: BlockDraft, source: Source): boolean {
  const { records, request } = draft;
  if (request.pageTable === 0) return false;
  draft.movable = true;
  const first = records.count;
  const append = (register: number) => records.append(register);
  const { offset, operands } = emitRun(source, draft.assembler, request, append);
  draft.faultAt({ offset, swapped: false }, "checked", true);
  records.expectRun(source, draft.instruction, first, operands);
  return true;
}
