import type { HeapBuffer } from "../model/index.js";

/** A buffer that a call was given, and what it held then. */
export interface JudgedBuffer extends HeapBuffer {
  /** Before the call; null or left out where nobody had written it. */
  readonly before?: Uint8Array | null;
}

/** Names the code at an address; null where nobody knows. A `Symbolizer` is one. */
export interface CodeNames {
  /** A soname or a file name. */
  imageOf(ip: number): string | null;
  functionOf(ip: number): string | null;
}

/** The memory that the accesses went to. */
export interface BufferContents {
  /** All bytes of a buffer as they are now; null where they cannot be read. */
  contentOf(buffer: HeapBuffer): Uint8Array | null;
  /** Watched bytes in no buffer, as they are now: fewer where there are not so many. */
  bytesAt?(address: number, size: number): Uint8Array;
}

/**
 * What is known of a call beside its buffers. Without `code` every read past a buffer is an
 * over-read; without `memory` glibc's reads of whole blocks are taken to have found their NUL.
 */
export interface CallFacts {
  /** The traced function: unnamed libc code is taken for it, where it is a string function. */
  readonly function?: string | null;
  /** Its integer arguments by position; null for all others. They tell how far it was to look. */
  readonly integers?: readonly (bigint | null)[];
  readonly code?: CodeNames | null;
  readonly memory?: BufferContents | null;
  /** Buffers that were freed, by address: what touches one uses it after that. */
  readonly freed?: readonly HeapBuffer[];
}
