import { Gpr64 } from "./assembler.js";
import type { Site } from "./block.js";
import type { BlockDraft } from "./block-draft.js";
import { namesHighest } from "./emit-instruction.js";
import { emitRun, isRun } from "./emit-run.js";
import { hasMemoryOperand } from "./raw-instruction.js";
import { displacementOf } from "./shape.js";
import { constantAddress, type Source } from "./source-instruction.js";
import { Slot } from "./thread-area.js";

const { rcx, r14 } = Gpr64;

const MOVABLE: ReadonlySet<string> = new Set(["plain", "masked", "exchange"]);

/** An instruction that the next one follows. False where it has to be left to the program itself. */
export function buildPlain(draft: BlockDraft, source: Source): boolean {
  const { raw, shape } = source;
  if (isRun(raw)) return buildRun(draft, source);
  draft.movable = MOVABLE.has(shape.memory);
  if (shape.memory === "special") {
    // Its index may be a vector, and its operand has no other view: as it is, or not at all.
    return !namesHighest(raw, shape) && copy(draft, source, "native");
  }
  if (!hasMemoryOperand(raw) || shape.memory === "address" || shape.memory === "none") {
    return copy(draft, source, "native");
  }
  switch (draft.request.siteOf(source, constantAddress(source))) {
    case "native":
      return copy(draft, source, "native");
    case "traced":
      return buildTraced(draft, source);
    case "either":
      return buildEither(draft, source);
    default:
      return false;
  }
}

function copy(draft: BlockDraft, source: Source, site: "native" | "traced"): boolean {
  return copyAt(draft, source, site === "traced", site);
}

/** With `traced`, on the other view. `site`: how the operand is treated as a whole. */
function copyAt(draft: BlockDraft, source: Source, traced: boolean, site: Site): boolean {
  return draft.faultAt(draft.emitter.instruction(source, traced), site);
}

function buildTraced(draft: BlockDraft, source: Source): boolean {
  const { records } = draft;
  records.expect(source, draft.instruction, "traced", records.operand(source));
  if (!copy(draft, source, "traced")) return false;
  records.outcome(source);
  return true;
}

/** Twice, and which of them runs is looked up. */
function buildEither(draft: BlockDraft, source: Source): boolean {
  const { assembler, records, request } = draft;
  const { area } = request;
  assembler.save(rcx, area + Slot.rcx);
  draft.emitter.address(source, displacementOf(source.raw, source.shape));
  const record = records.append(r14);
  assembler.raw(0xc4, 0xe2, 0x8a, 0xf5, 0x0c, 0x25); // pext rcx, r14, [place]
  assembler.int32(area + Slot.pageMask);
  assembler.loadNumber(r14, BigInt(request.pageTable));
  assembler.raw(0x41, 0x0f, 0xb6, 0x0c, 0x0e); // movzx ecx, byte [r14+rcx]
  records.expect(source, draft.instruction, "either", { record, offset: 0 }); // r14 is free from here on
  const toNative = assembler.short(0xe3); // jrcxz
  assembler.load(rcx, area + Slot.rcx);
  if (!copyAt(draft, source, true, "either")) return false;
  const done = assembler.short(0xeb); // jmp
  assembler.land(toNative);
  assembler.load(rcx, area + Slot.rcx);
  if (!copyAt(draft, source, false, "either")) return false;
  assembler.land(done);
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
