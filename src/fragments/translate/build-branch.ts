import type { TraceeAddress } from "../../model/index.js";
import { Gpr64 } from "../../x86/encoding/assembler.js";
import { hasMemoryOperand } from "../../x86/encoding/raw-instruction.js";
import {
  branchDisplacement,
  constantAddress,
  releasedBy,
  type Source,
} from "../../x86/encoding/source-instruction.js";
import { Slot } from "../cache/thread-area.js";
import type { BlockDraft } from "./block-draft.js";
import { buildChecked } from "./build-checked.js";

const { rcx, rsp, r14 } = Gpr64;

/** Of a return address on the stack, in bytes. */
const RETURN_ADDRESS = 8;

/** The last instruction of a block. False where it has to be left to the program itself. */
export function buildBranch(draft: BlockDraft, source: Source): boolean {
  draft.movable = false;
  const next = (source.ip + source.length) as TraceeAddress;
  const to = () => (next + branchDisplacement(source)) as TraceeAddress;
  switch (source.encodingClass.flow) {
    case "jump":
      draft.advance();
      draft.exits.jump(to());
      return true;
    case "branch":
      draft.advance();
      draft.exits.jumpIf(source, to());
      draft.exits.jump(next);
      return true;
    case "call":
      draft.advance();
      pushReturn(draft, next, r14);
      draft.exits.jump(to());
      draft.targets.push(next);
      return true;
    case "return":
      buildReturn(draft, source);
      return true;
    default:
      return buildIndirect(draft, source, next);
  }
}

function buildReturn(draft: BlockDraft, source: Source): void {
  const { assembler } = draft;
  draft.advance();
  draft.faultAt({ offset: assembler.length, swapped: false });
  assembler.raw(0x41, 0x5e); // pop r14
  const released = releasedBy(source);
  if (source.encodingClass.immediateSize === 2) assembler.advance(rsp, released);
  draft.released = RETURN_ADDRESS + released;
  assembler.save(rcx, draft.request.area + Slot.rcx);
  draft.exits.dispatch();
}

function buildIndirect(draft: BlockDraft, source: Source, next: TraceeAddress): boolean {
  const { request } = draft;
  if (!loadTarget(draft, source)) return false;
  draft.movable = false;
  draft.assembler.save(rcx, request.area + Slot.rcx);
  if (source.encodingClass.flow === "indirect-call") {
    pushReturn(draft, next, rcx);
    draft.targets.push(next);
    draft.released = -RETURN_ADDRESS;
  }
  draft.exits.dispatch();
  return true;
}

/** Into r14. */
function loadTarget(draft: BlockDraft, source: Source): boolean {
  const { request, records, emitter } = draft;
  const isInMemory = hasMemoryOperand(source.raw);
  const mode = isInMemory ? request.modeOf(source, constantAddress(source)) : "direct";
  if (mode === "interpreted") return false;
  draft.movable = isInMemory;
  if (mode === "checked") {
    return buildChecked(draft, source, (traced) => emitter.branchTarget(source, traced));
  }
  const isTraced = mode === "redirected";
  if (isTraced) records.expect(source, draft.instruction, "redirected", records.operand(source));
  draft.advance();
  return draft.faultAt(emitter.branchTarget(source, isTraced), mode);
}

/** The original return address: whoever looks at the stack sees what the program would have put. */
function pushReturn(
  draft: BlockDraft,
  address: TraceeAddress,
  register: typeof r14 | typeof rcx,
): void {
  const { assembler } = draft;
  assembler.loadNumber(register, BigInt(address));
  // In one piece: a `ret` that takes it off the stack would wait for two.
  draft.faultAt({ offset: assembler.length, swapped: false, withoutRcx: register === rcx });
  if (register === r14) assembler.raw(0x41, 0x56);
  else assembler.raw(0x51);
}
