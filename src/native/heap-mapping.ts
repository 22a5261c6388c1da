import koffi from "koffi";
import type { TraceeAddress } from "../model/index.js";
import { openMemoryFile } from "./files.js";
import { check, libc } from "./libc.js";
import { PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE } from "./maps.js";

// mmap(2)
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;

const ftruncate = libc.func("ftruncate", "int", ["int", "long"]);
const mmap = libc.func("mmap", "size_t", ["size_t", "size_t", "int", "int", "int", "long"]);
const mprotect = libc.func("mprotect", "int", ["size_t", "size_t", "int"]);

/** Inaccessible, between the views: what runs past the end of the heap does not get to its start. */
const GAP = 2 ** 16;

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
 * Maps `size` bytes (a power of two) twice in one reserved arena, guarded view first. What is left
 * of the arena around the views stays inaccessible.
 */
export function mapHeap(size: number): MappedHeap {
  const fd = openMemoryFile("ffiscope-heap");
  check("ftruncate", ftruncate(fd, size));
  const reserve = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  const arena = check("mmap", mmap(0, 4 * size, PROT_NONE, reserve, -1, 0));
  const guarded = Math.ceil((arena + 1) / size) * size;
  const backdoor = guarded + size + GAP;
  check("mmap", mmap(guarded, size, PROT_NONE, MAP_SHARED | MAP_FIXED, fd, 0));
  const readWrite = PROT_READ | PROT_WRITE;
  check("mmap", mmap(backdoor, size, readWrite, MAP_SHARED | MAP_FIXED, fd, 0));
  return {
    fd,
    guarded: guarded as TraceeAddress,
    backdoor: backdoor as TraceeAddress,
    size,
  };
}

/** `length` bytes of this process's memory as JavaScript sees them. They must stay mapped. */
export function viewMemory(address: number, length: number): Uint8Array {
  return length === 0 ? new Uint8Array(0) : new Uint8Array(koffi.view(BigInt(address), length));
}

/** Puts machine code into memory of its own that is executable and not writable. */
export function mapCode(code: Uint8Array): number {
  const size = Math.ceil(code.length / 4096) * 4096;
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  const address = check("mmap", mmap(0, size, PROT_READ | PROT_WRITE, flags, -1, 0));
  viewMemory(address, code.length).set(code);
  check("mprotect", mprotect(address, size, PROT_READ | PROT_EXEC));
  return address;
}
