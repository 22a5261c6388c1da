import koffi from "koffi";
import { check, libc } from "./libc.js";
import { PROT_READ, PROT_WRITE } from "./memory/maps.js";
import { MAP_PRIVATE } from "./memory/mmap.js";

const PAGE = 4096;

const mmap = libc.func("mmap", "long", ["size_t", "size_t", "int", "int", "int", "long"]);
const munmap = libc.func("munmap", "int", ["size_t", "size_t"]);

interface Mapped {
  readonly address: number;
  /** In bytes. */
  readonly size: number;
}

/** Unmaps what JavaScript holds no more. */
const unused = new FinalizationRegistry<Mapped>(({ address, size }) => {
  check("munmap", munmap(address, size));
});

/**
 * `length` bytes of a file from `offset` (a multiple of 4096) on, without a copy. What is written to
 * them stays here; they are unmapped when nothing refers to the buffer. The descriptor may be closed.
 */
export function mapBytes(fd: number, offset: number, length: number): ArrayBuffer {
  if (length === 0) return new ArrayBuffer(0);
  const size = Math.ceil(length / PAGE) * PAGE;
  const address = check("mmap", mmap(0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, offset));
  const buffer: ArrayBuffer = koffi.view(BigInt(address), length);
  unused.register(buffer, { address, size });
  return buffer;
}
