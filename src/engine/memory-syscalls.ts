import type { TraceeAddress } from "../model/index.js";
import type { Guard } from "./guard.js";

/** Syscalls that change mappings (asm/unistd_64.h). Their addresses are never exchanged. */
const MMAP = 9;
const MPROTECT = 10;
const MUNMAP = 11;
const MREMAP = 25;
const PKEY_MPROTECT = 329;

/** msync, mincore, madvise, mlock, munlock, mlock2: they name mappings and move no data. */
const NAME_MAPPINGS = new Set([26, 27, 28, 149, 150, 325]);

const MAP_FIXED = 0x10;
const MREMAP_DONTUNMAP = 4;

const span = (start: bigint, length: bigint): [TraceeAddress, TraceeAddress] => [
  Number(start) as TraceeAddress,
  Number(start + length) as TraceeAddress,
];

/**
 * What the guard learns from a syscall of the tracee that changes mappings, once it has succeeded;
 * null for any other.
 */
export function memoryChange(
  number: number,
  args: readonly bigint[],
): ((guard: Guard, result: bigint) => void) | null {
  const [address, length, third, fourth] = args as [bigint, bigint, bigint, bigint];
  switch (number) {
    case MPROTECT:
    case PKEY_MPROTECT:
      return (guard) => guard.clientProtected(...span(address, length), Number(third));
    case MUNMAP:
      return (guard) => guard.clientUnmapped(...span(address, length));
    case MREMAP:
      return (guard) => {
        if (!(Number(fourth) & MREMAP_DONTUNMAP)) guard.clientUnmapped(...span(address, length));
      };
    case MMAP:
      return (guard, result) => {
        if (Number(fourth) & MAP_FIXED) guard.clientUnmapped(...span(result, length));
      };
    default:
      return null;
  }
}

/** The syscall's addresses stand for mappings: the kernel reads and writes nothing there. */
export function namesMappings(number: number): boolean {
  return NAME_MAPPINGS.has(number);
}
