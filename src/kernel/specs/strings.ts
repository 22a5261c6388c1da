import { type Call, wordAt } from "../call.js";
import { type ArgumentSpec, area, read } from "./argument-spec.js";

const PATH_MAX = 4096; // linux/limits.h
const MAX_ARG_STRLEN = 131072; // linux/binfmts.h
const POINTER = 8;

/** Looked at a time, in bytes: most texts are shorter. */
const TEXT_CHUNK = 256;

/** Text that ends in a NUL, which is read too; the kernel reads at most `limit` bytes. */
export function text(limit: number): ArgumentSpec {
  return (call, address, slot) => {
    if (!call.guard.touches(address, address + limit)) return null;
    const size = textLength(call, address, limit);
    return area(call, address, slot, size, (end) => (end.lookedAt ? [read(0, size)] : []));
  };
}

/** A path. It is read before anything else, also where the call then fails. */
export const path: ArgumentSpec = (call, address, slot) => {
  if (!call.guard.touches(address, address + PATH_MAX)) return null;
  const size = textLength(call, address, PATH_MAX);
  return area(call, address, slot, size, (end) => (end.wasReached ? [read(0, size)] : []));
};

/** Pointers to texts, up to a null pointer: `argv` and `envp` of execve(2). */
export const texts: ArgumentSpec = (call, address, slot) => {
  if (address === 0) return null;
  const pointers = pointersAt(call, address);
  const one = text(MAX_ARG_STRLEN);
  const parts = pointers.flatMap((at, i) => one(call, at, i * POINTER) ?? []);
  const size = (pointers.length + 1) * POINTER;
  return area(call, address, slot, size, (end) => (end.succeeded ? [read(0, size)] : []), {
    parts: parts.map((part) => ({
      ...part,
      effects: (end) => (end.succeeded ? part.effects(end) : []),
    })),
  });
};

function pointersAt(call: Call, address: number): number[] {
  const pointers: number[] = [];
  for (let at = address; ; ) {
    const chunk = call.bytes(at, PATH_MAX);
    for (let offset = 0; offset + POINTER <= chunk.length; offset += POINTER) {
      const pointer = wordAt(chunk, offset);
      if (pointer === 0) return pointers;
      pointers.push(pointer);
    }
    if (chunk.length < PATH_MAX) return pointers; // no end: EFAULT
    at += PATH_MAX;
  }
}

/** With the NUL; up to where the memory ends or `limit` is reached if there is none. */
function textLength(call: Call, address: number, limit: number): number {
  for (let length = 0; length < limit; ) {
    const wanted = Math.min(TEXT_CHUNK, limit - length);
    const chunk = call.bytes(address + length, wanted);
    const end = chunk.indexOf(0);
    if (end >= 0) return length + end + 1;
    length += chunk.length;
    if (chunk.length < wanted) return length;
  }
  return limit;
}
