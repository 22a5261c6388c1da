import { passing } from "../abi/index.js";
import type { CallbackAnswer, CallbackCall } from "../model/callback-code.js";
import { type Signature, UsageError } from "../model/index.js";
import { laidOut, layoutOfC } from "../values/index.js";
import { callbackErrors } from "./callback-errors.js";
import type { CallbackHost } from "./callback-host.js";

/** How what a function has given is returned to C. Throws FfiscopeError for a value of another type. */
export function answerWith(...given: Parameters<typeof answered>): CallbackAnswer {
  try {
    return answered(...given);
  } catch (error) {
    // The arguments of the call were as they had to be.
    throw error instanceof UsageError ? callbackErrors.badResult(error) : error;
  }
}

function answered(
  { heap, memory }: CallbackHost,
  { result, name }: Signature,
  value: unknown,
  call: CallbackCall,
): CallbackAnswer {
  if (result.kind === "void") return { integers: [0n, 0n], vectors: null };
  const {
    bytes,
    size,
    pointers = [],
  } = laidOut(heap.rules, layoutOfC(result), value, {
    name,
    text: `the result of ${name}`,
  });
  const content = Buffer.alloc(Math.max(size, 16));
  if (bytes) content.set(bytes);
  for (const { offset, to } of pointers) {
    if (!("memory" in to)) throw callbackErrors.noMemory(name);
    const { buffer, offset: within } = to.memory;
    content.writeBigUInt64LE(buffer.address + BigInt(within), offset);
  }
  const how = passing(result).class;
  if (how === "memory") {
    const at = call.integers[0]!; // where C wants it, and what it gets back
    const place = heap.offsetOf(at, size);
    if (place === null) memory.write(at, content.subarray(0, size));
    else heap.write(place, content.subarray(0, size));
    return { integers: [at, 0n], vectors: null };
  }
  const integers: [bigint, bigint] = [0n, 0n];
  const vectors: [bigint, bigint] = [0n, 0n];
  const next = { integer: 0, sse: 0 };
  for (const [i, word] of how.split("-").entries()) {
    const held = content.readBigUInt64LE(i * 8);
    if (word === "integer") integers[next.integer++] = held;
    else if (word === "sse") vectors[next.sse++] = held;
  }
  return { integers, vectors: next.sse > 0 ? vectors : null };
}
