import type { Argument, HeapBuffer } from "../model/index.js";

/** What the judgement on over-reads needs to know; without `isBlockRead` there is none. */
export interface BlockReadFacts {
  /** `ip` lies in the text of libc.so.6 or ld-linux, which may read whole blocks. */
  readonly isBlockRead?: (ip: number) => boolean;
  /** The function that holds `ip`; null where libc is stripped. */
  readonly functionOf?: (ip: number) => string | null;
  /** The traced function: what unnamed libc code is taken for, where it is a string function. */
  readonly calledFunction?: string | null;
  readonly arguments?: readonly Argument[];
  /** What the buffer holds now that the accesses were made. */
  readonly contentOf?: (buffer: HeapBuffer) => Uint8Array | null;
  /** What it held before the call; null where nobody had written it. */
  readonly bytesBefore?: (buffer: HeapBuffer) => Uint8Array | null;
}

const GLIBC = /^(libc|ld-linux-x86-64)\.so\.\d+$/;

/** The facts about code, from what a symbolizer says of it. */
export function codeFacts(symbols: {
  imageOf(ip: number): string | null;
  functionOf(ip: number): string | null;
}): Pick<BlockReadFacts, "isBlockRead" | "functionOf"> {
  return {
    isBlockRead: (ip) => GLIBC.test(symbols.imageOf(ip) ?? ""),
    functionOf: (ip) => symbols.functionOf(ip),
  };
}
