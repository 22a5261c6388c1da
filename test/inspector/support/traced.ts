import { type Inspect, type TraceOutcome, traceCall } from "ffiscope";
import { parseArguments } from "../../../dist/cli/arguments/index.js";
import { parsePrototype } from "../../../dist/prototype/index.js";

/** A real traced call of libc's memcpy, of `text` into a buffer of `size` bytes. */
export function traceMemcpy(inspect: Inspect, text: string, size: number): Promise<TraceOutcome> {
  const signature = parsePrototype("void *memcpy(void *dst, const void *src, size_t n)");
  const words = [`out:${size}`, JSON.stringify(text), String(text.length)];
  const args = parseArguments(signature, words, () => Buffer.alloc(0));
  return traceCall({ library: "libc.so.6", signature, args, inspect });
}

/** The states that a session of one call goes through. */
export const LIFECYCLE = [
  ...["starting", "seizing", "initialStop", "idle", "armed", "tracing", "delivering"],
  ...["idle", "exited"],
];
