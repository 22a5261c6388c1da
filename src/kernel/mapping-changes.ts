import type { Guard } from "../guard/guard.js";
import type { TraceeAddress } from "../model/index.js";
import { PROT_EXEC, PROT_NONE } from "../native/memory/maps.js";
import { MAP_FIXED, MREMAP_DONTUNMAP } from "../native/memory/mmap.js";

/** Syscalls that change mappings (asm/unistd_64.h). Their addresses are never exchanged. */
const MMAP = 9;
const MPROTECT = 10;
const MUNMAP = 11;
const MREMAP = 25;
const MADVISE = 28;
const PKEY_MPROTECT = 329;

const ACT_ON_MAPPINGS = [MMAP, MPROTECT, MUNMAP, MREMAP, MADVISE, PKEY_MPROTECT];

/** The argument of mprotect(2) that is the protection. */
export const PROTECTION = 2;

const span = (start: number, length: number): [TraceeAddress, TraceeAddress] => [
  start as TraceeAddress,
  (start + length) as TraceeAddress,
];

/** Tells the guard of a call that succeeded with `result`. */
export type MappingChange = (guard: Guard, result: number) => void;

/**
 * What the guard learns from a syscall of the tracee that changes mappings, once it has succeeded;
 * null for any other.
 */
export function mappingChange(number: number, args: readonly number[]): MappingChange | null {
  const [address, length, third, fourth] = args as [number, number, number, number];
  switch (number) {
    case MPROTECT:
    case PKEY_MPROTECT:
      return (guard) => guard.clientProtected(...span(address, length), third);
    case MUNMAP:
      return (guard) => guard.clientUnmapped(...span(address, length));
    case MREMAP:
      return (guard) => {
        if (!(fourth & MREMAP_DONTUNMAP)) guard.clientUnmapped(...span(address, length));
      };
    case MMAP:
      return (guard, result) => {
        if (fourth & MAP_FIXED) guard.clientUnmapped(...span(result, length));
      };
    default:
      return null;
  }
}

/** It changes mappings, or what is in them, by address. */
export function actsOnMappings(number: number): boolean {
  return ACT_ON_MAPPINGS.includes(number);
}

/** It makes memory inaccessible, and keeps it. */
export function closesMemory(number: number, args: readonly number[]): boolean {
  return setsProtection(number) && args[PROTECTION] === PROT_NONE;
}

/** It may make memory executable. */
export function changesCode(number: number, args: readonly number[]): boolean {
  return (number === MMAP || setsProtection(number)) && (args[PROTECTION]! & PROT_EXEC) !== 0;
}

/** mremap(2) */
export function movesMapping(number: number): boolean {
  return number === MREMAP;
}

/** Its first two arguments are memory that may be another afterwards. */
export function replacesMapping(number: number, args: readonly number[]): boolean {
  return number !== MMAP || (args[3]! & MAP_FIXED) !== 0;
}

/** mprotect(2) or pkey_mprotect(2). */
export function setsProtection(number: number): boolean {
  return number === MPROTECT || number === PKEY_MPROTECT;
}
