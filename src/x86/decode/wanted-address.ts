import type { TraceeAddress } from "../../model/index.js";
import { bitOffsetLinear } from "./bit-offset.js";
import { controlOf } from "./branch-target.js";
import { decodeInstruction } from "./decode-instruction.js";
import { effectiveAddress } from "./effective-address.js";
import { indexedAddresses } from "./indexed.js";
import type { IcedInstruction, MemoryOperand, OperandKind } from "./instruction.js";
import { Gpr, type Registers } from "./registers.js";

/** What an instruction was about to touch when it faulted. */
export interface WantedAddress {
  /** All 64 bits. */
  readonly address: bigint;
  /** In bytes; 0 for code. */
  readonly size: number;
  readonly kind: OperandKind | "execute";
  /** It faults at other addresses than multiples of so many bytes; 1 where it takes any. */
  readonly alignment: number;
}

/** 8 bytes of the tracee, or null where it has none. */
export type WordReader = (address: bigint) => bigint | null;

/** What raised a general protection or stack fault, for which the kernel gives no address. */
export type ProtectionFault =
  | { readonly kind: "non-canonical" | "misaligned"; readonly wanted: WantedAddress }
  | { readonly kind: "forbidden" };

// With four levels of page tables an address has 48 bits, and the others are copies of the last
// (SDM vol. 1, 3.3.7.1).
const LOW_HALF_END = 2n ** 47n;
const HIGH_HALF_START = 2n ** 64n - 2n ** 47n;

/** It is in one of the two halves of the address space. */
export function isCanonical(address: bigint): boolean {
  return address < LOW_HALF_END || address >= HIGH_HALF_START;
}

/**
 * Everything that the instruction at `ip` accesses with these registers before it has run: its
 * operands in order, then the code that it goes on at, where that is not in its own bytes.
 */
export function wantedAddresses(
  bytes: Uint8Array,
  ip: TraceeAddress,
  registers: Registers,
  readWord: WordReader,
): WantedAddress[] {
  const instruction = decodeInstruction(bytes, ip);
  const operands = operandAddresses(instruction, registers);
  const target = targetOf(bytes, ip, registers, operands, readWord);
  if (target === null) return operands;
  return [...operands, { address: target, size: 0, kind: "execute", alignment: 1 }];
}

/**
 * Works out what a fault without an address was about (SIGSEGV and SIGBUS with SI_KERNEL): of what
 * the instruction wanted, the first that the processor refuses. Null where nothing explains it.
 */
export function protectionFault(
  bytes: Uint8Array,
  ip: TraceeAddress,
  registers: Registers,
  readWord: WordReader,
): ProtectionFault | null {
  const wanted = wantedAddresses(bytes, ip, registers, readWord);
  const nowhere = wanted.find(({ address, size }) => !isWithinHalf(address, size));
  if (nowhere) return { kind: "non-canonical", wanted: nowhere };
  const odd = wanted.find(({ address, alignment }) => address % BigInt(alignment) !== 0n);
  if (odd) return { kind: "misaligned", wanted: odd };
  return controlOf(bytes, ip).isForbidden ? { kind: "forbidden" } : null;
}

function isWithinHalf(address: bigint, size: number): boolean {
  const last = BigInt.asUintN(64, address + BigInt(Math.max(size, 1) - 1));
  return isCanonical(address) && isCanonical(last);
}

function operandAddresses(instruction: IcedInstruction, registers: Registers): WantedAddress[] {
  const { form, operands } = instruction;
  const at = (operand: MemoryOperand, address: bigint): WantedAddress => {
    const { kind, size } = operand;
    return { address, size, kind, alignment: alignmentOf(instruction, operand) };
  };
  if (form.tag === "indexed") {
    return indexedAddresses(instruction, form, registers, null).map((address) =>
      at(operands[0]!, address),
    );
  }
  return operands.map((operand) => {
    const address =
      form.tag === "bit-offset" && operand.explicit
        ? bitOffsetLinear(operand, form, registers)
        : effectiveAddress(operand, registers);
    return at(operand, address);
  });
}

/** XSAVE areas (SDM vol. 1, 13.4) and vector operands of a cache line. */
const CACHE_LINE = 64;
/** The least that any instruction insists on (SDM vol. 1, 4.1.1); `fxsave` has no other. */
const VECTOR = 16;

/**
 * What the operand's address must be a multiple of, if the instruction insists on that at all. Asked
 * only of one that has faulted: those that take any address do not fault at a canonical one.
 */
function alignmentOf({ form }: IcedInstruction, { size, explicit }: MemoryOperand): number {
  if (form.tag === "save-area") return CACHE_LINE;
  if (!explicit || size < VECTOR) return 1;
  return [VECTOR, 32, CACHE_LINE].includes(size) ? size : VECTOR;
}

function targetOf(
  bytes: Uint8Array,
  ip: TraceeAddress,
  registers: Registers,
  operands: readonly WantedAddress[],
  readWord: WordReader,
): bigint | null {
  const { target } = controlOf(bytes, ip);
  switch (target.from) {
    case "code":
      return null;
    case "register":
      return registers.gpr(target.number);
    case "stack":
      return readWord(registers.gpr(Gpr.rsp));
    case "memory": {
      const pointer = operands.find(({ kind }) => kind === "read");
      return pointer ? readWord(pointer.address) : null;
    }
  }
}
