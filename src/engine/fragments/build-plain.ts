import type { BlockDraft } from "./block-draft.js";
import { buildEither } from "./build-either.js";
import { namesHighest } from "./emit-instruction.js";
import { emitRun, isRun } from "./emit-run.js";
import { hasMemoryOperand } from "./raw-instruction.js";
import { constantAddress, type Source } from "./source-instruction.js";

const MOVABLE: ReadonlySet<string> = new Set(["plain", "masked", "exchange"]);

/** An instruction that the next one follows. False where it has to be left to the program itself. */
export function buildPlain(draft: BlockDraft, source: Source): boolean {
  const { raw, shape } = source;
  if (isRun(raw)) return buildRun(draft, source);
  draft.movable = MOVABLE.has(shape.memory);
  // A vector register is not to be taken for the general one with its number.
  if (shape.memory === "indexed" && namesHighest(raw, shape)) return false;
  if (!hasMemoryOperand(raw) || !MOVABLE.has(shape.memory)) return copy(draft, source, "native");
  switch (draft.request.siteOf(source, constantAddress(source))) {
    case "native":
      return copy(draft, source, "native");
    case "traced":
      return buildTraced(draft, source);
    case "either":
      if (!buildEither(draft, source, (traced) => draft.emitter.instruction(source, traced))) {
        return false;
      }
      draft.records.outcome(source);
      return true;
    default:
      return false;
  }
}

function copy(draft: BlockDraft, source: Source, site: "native" | "traced"): boolean {
  // A comparison and the branch on it are one operation for the processor.
  if (source.shape.memory !== "exchange") draft.advanceBeforeBranch();
  return draft.faultAt(draft.emitter.instruction(source, site === "traced"), site);
}

function buildTraced(draft: BlockDraft, source: Source): boolean {
  const { records } = draft;
  records.expect(source, draft.instruction, "traced", records.operand(source));
  if (!copy(draft, source, "traced")) return false;
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
  draft.faultAt({ offset, swapped: false }, "either", true);
  records.expectRun(source, draft.instruction, first, operands);
  return true;
}
