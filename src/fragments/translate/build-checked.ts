import { Gpr64 } from "../../x86/encoding/assembler.js";
import { displacementOf } from "../../x86/encoding/encoding-class.js";
import type { Source } from "../../x86/encoding/source-instruction.js";
import { Slot } from "../cache/thread-area.js";
import type { BlockDraft } from "./block-draft.js";
import type { Emitted } from "./emit-instruction.js";

const { rcx, r14 } = Gpr64;

/**
 * An instruction whose operand may belong to either view: it is there twice, and which of them runs is
 * looked up. False where `emit` cannot put it there.
 */
export function buildChecked(
  draft: BlockDraft,
  source: Source,
  emit: (traced: boolean) => Emitted | null,
): boolean {
  const { assembler, records, request } = draft;
  const { area } = request;
  assembler.save(rcx, area + Slot.rcx);
  draft.emitter.address(source, displacementOf(source.raw, source.encodingClass));
  const record = records.append(r14);
  assembler.raw(0xc4, 0xe2, 0x8a, 0xf5, 0x0c, 0x25); // pext rcx, r14, [place]
  assembler.int32(area + Slot.pageMask);
  assembler.loadNumber(r14, BigInt(request.pageTable));
  assembler.raw(0x41, 0x0f, 0xb6, 0x0c, 0x0e); // movzx ecx, byte [r14+rcx]
  records.expect(source, draft.instruction, "checked", { record, offset: 0 }); // r14 is free from here on
  if (source.encodingClass.flow !== "next") draft.advance();
  const toNative = assembler.short(0xe3); // jrcxz
  assembler.load(rcx, area + Slot.rcx);
  if (!draft.faultAt(emit(true), "checked")) return false;
  const done = assembler.short(0xeb); // jmp
  assembler.land(toNative);
  assembler.load(rcx, area + Slot.rcx);
  if (!draft.faultAt(emit(false), "checked")) return false;
  assembler.land(done);
  return true;
}
