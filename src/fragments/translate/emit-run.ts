import { type Assembler, Gpr64 } from "../../x86/encoding/assembler.js";
import { LegacyPrefix, type RawInstruction } from "../../x86/encoding/raw-instruction.js";
import type { Source } from "../../x86/encoding/source-instruction.js";
import { Slot } from "../cache/thread-area.js";

const { rcx, rsi, rdi, r14 } = Gpr64;

/** An operand of a string instruction, by two records, counted from the instruction's first. */
export interface RunOperand {
  /** Its pointer before. */
  readonly record: number;
  /** Its pointer afterwards. */
  readonly end: number;
  readonly write: boolean;
  /** Of an element, in bytes. */
  readonly size: number;
}

const PREFIXES = LegacyPrefix.rep | LegacyPrefix.repne | LegacyPrefix.operandSize;

/** `movs` or `stos`, repeated or not, with all addresses in 64 bits. */
export function isRun({ map, bytes, opcodeAt, prefixes, encoding }: RawInstruction): boolean {
  if (map !== 0 || encoding !== 0 || prefixes & ~PREFIXES) return false;
  const opcode = bytes[opcodeAt]! & 0xfe;
  return opcode === 0xa4 || opcode === 0xaa;
}

/**
 * A string instruction, on whichever view its pointers belong to: they are moved there, by a page table,
 * and moved back afterwards. It runs whole: stepping it would stop at each iteration.
 */
export function emitRun(
  source: Source,
  assembler: Assembler,
  { area, pageTable }: { readonly area: number; readonly pageTable: number },
  append: (register: number) => number,
): { readonly offset: number; readonly operands: readonly RunOperand[] } {
  const { raw, length } = source;
  const opcode = raw.bytes[raw.opcodeAt]!;
  const isMove = (opcode & 0xfe) === 0xa4;
  const size = elementSize(raw);
  append(rdi);
  if (isMove) append(rsi);
  assembler.save(rcx, area + Slot.rcx);
  moveOver(assembler, rdi, area, Slot.biasOfRdi, pageTable);
  if (isMove) moveOver(assembler, rsi, area, Slot.biasOfRsi, pageTable);
  assembler.load(rcx, area + Slot.rcx);
  const offset = assembler.length;
  assembler.copy(raw.bytes, length);
  assembler.save(rcx, area + Slot.rcx);
  moveBack(assembler, rdi, area + Slot.biasOfRdi);
  if (isMove) moveBack(assembler, rsi, area + Slot.biasOfRsi);
  assembler.load(rcx, area + Slot.rcx);
  append(rdi);
  if (!isMove) return { offset, operands: [{ record: 0, end: 1, write: true, size }] };
  append(rsi);
  const read = { record: 1, end: 3, write: false, size };
  return { offset, operands: [read, { record: 0, end: 2, write: true, size }] };
}

/** `pointer += bias of its page`, which is kept. */
function moveOver(
  assembler: Assembler,
  pointer: number,
  area: number,
  kept: number,
  pageTable: number,
): void {
  assembler.loadNumber(r14, BigInt(pageTable));
  const vvvv = ~pointer & 15;
  assembler.raw(0xc4, 0xe2, 0x82 | (vvvv << 3), 0xf5, 0x0c, 0x25); // pext rcx, pointer, [place]
  assembler.int32(area + Slot.pageMask);
  assembler.raw(0x41, 0x0f, 0xb6, 0x0c, 0x0e); // movzx ecx, byte [r14+rcx]
  assembler.raw(0x48, 0x8b, 0x0c, 0xcd); // mov rcx, [bias + 8*rcx]
  assembler.int32(area + Slot.bias);
  assembler.save(rcx, area + kept);
  assembler.leaSum(pointer, pointer, rcx, 1, 0);
}

/** `pointer -= bias`, as -(-pointer + bias) would, without flags: not, add, not. */
function moveBack(assembler: Assembler, pointer: number, kept: number): void {
  assembler.load(rcx, kept);
  assembler.raw(0x48, 0xf7, 0xd0 | pointer);
  assembler.leaSum(pointer, pointer, rcx, 1, 0);
  assembler.raw(0x48, 0xf7, 0xd0 | pointer);
}

function elementSize({ bytes, opcodeAt, prefixAt, prefixes }: RawInstruction): number {
  if ((bytes[opcodeAt]! & 1) === 0) return 1;
  if (prefixAt >= 0 && bytes[prefixAt]! & 8) return 8;
  return prefixes & LegacyPrefix.operandSize ? 2 : 4;
}
