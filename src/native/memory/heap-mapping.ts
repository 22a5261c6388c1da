import koffi from "koffi";
import type { TraceeAddress } from "../../model/index.js";
import { EEXIST } from "../errno.js";
import { openMemoryFile } from "../files.js";
import { check, libc, SystemError } from "../libc.js";
import { sealSize } from "../memory-file.js";
import { PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE } from "./maps.js";
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_NORESERVE,
  MAP_PRIVATE,
  MAP_SHARED,
} from "./mmap.js";

const ftruncate = libc.func("ftruncate", "int", ["int", "long"]);
const mmap = libc.func("mmap", "long", ["size_t", "size_t", "int", "int", "int", "long"]);
const munmap = libc.func("munmap", "int", ["size_t", "size_t"]);
const mprotect = libc.func("mprotect", "int", ["size_t", "size_t", "int"]);

/**
 * From the guarded view to the backdoor, in bytes. At this distance from anything else in user
 * space nothing is mapped: so an address that is redirected by mistake faults. Libraries, stacks
 * and large allocations lie in the uppermost 2^40 bytes, position-independent programs around
 * 2^46.4 (linux/elf.h, ELF_ET_DYN_BASE). The backdoor lies below the guarded view, for there is no
 * room above.
 */
export const VIEW_DISTANCE = -(2 ** 45);

/** Places that are tried before there is none. */
const ATTEMPTS = 16;

/** One memory, mapped twice in this process. */
export interface MappedHeap {
  readonly fd: number;
  /** Inaccessible for good: the addresses that native code gets. Aligned to `size`. */
  readonly guarded: TraceeAddress;
  /** Readable and writable: for everyone else. */
  readonly backdoor: TraceeAddress;
  /** In bytes. */
  readonly size: number;
}

/**
 * Maps `size` bytes (a power of two) twice, {@link VIEW_DISTANCE} apart. What is next to the guarded view
 * is inaccessible, so that what runs past its end faults.
 */
export function mapHeap(size: number): MappedHeap {
  const fd = openMemoryFile("ffiscope-heap");
  check("ftruncate", ftruncate(fd, size));
  sealSize(fd);
  for (let attempt = 1; ; attempt++) {
    const guarded = reserve(size);
    const backdoor = guarded + VIEW_DISTANCE;
    if (!mapAt(backdoor, size, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE, fd)) {
      if (attempt < ATTEMPTS) continue;
      throw new SystemError("mmap", EEXIST);
    }
    mapAt(guarded, size, PROT_NONE, MAP_FIXED, fd);
    return { fd, guarded: guarded as TraceeAddress, backdoor: backdoor as TraceeAddress, size };
  }
}

/** Left inaccessible on either side of the guarded view, in bytes. */
const MARGIN = 2 ** 20;

/** Address space for the guarded view with its margins. It is not given back. */
function reserve(size: number): number {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const length = 2 * size + 2 * MARGIN;
  const start = check("mmap", mmap(0, length, PROT_NONE, flags, -1, 0));
  const guarded = Math.ceil((start + MARGIN) / size) * size;
  const [from, to] = [guarded - MARGIN, guarded + size + MARGIN];
  if (from > start) check("munmap", munmap(start, from - start));
  if (to < start + length) check("munmap", munmap(to, start + length - to));
  return guarded;
}

/** False where something else is there. */
function mapAt(at: number, size: number, protection: number, how: number, fd: number): boolean {
  const address = mmap(at, size, protection, MAP_SHARED | how, fd, 0);
  if (Number(address) === at) return true;
  if (how === MAP_FIXED) check("mmap", address);
  return false;
}

/** `length` bytes of this process's memory as JavaScript sees them. They must stay mapped. */
export function viewMemory(address: number, length: number): Uint8Array {
  return length === 0 ? new Uint8Array(0) : new Uint8Array(koffi.view(BigInt(address), length));
}

/** Memory of its own, readable and writable, of zeros. */
export function mapMemory(size: number): number {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  return check("mmap", mmap(0, size, PROT_READ | PROT_WRITE, flags, -1, 0));
}

/** Executable memory at an address where nothing is, filled with `code` over and over, `size` bytes. */
export function mapCodeAt(address: number, code: Uint8Array, size: number): void {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE;
  check("mmap", mmap(address, size, PROT_READ | PROT_WRITE, flags, -1, 0));
  Buffer.from(viewMemory(address, size).buffer).fill(code);
  check("mprotect", mprotect(address, size, PROT_READ | PROT_EXEC));
}

/** Puts machine code into memory of its own that is executable and not writable. */
export function mapCode(code: Uint8Array): number {
  const size = Math.ceil(code.length / 4096) * 4096;
  const address = mapMemory(size);
  viewMemory(address, code.length).set(code);
  check("mprotect", mprotect(address, size, PROT_READ | PROT_EXEC));
  return address;
}
