import { checkOptions, type OptionSpec, UsageError } from "../model/index.js";
import { anything } from "../model/options.js";
import { CallError, type ScopeBuffer, TracedCall } from "../scope/index.js";
import { type BufferBytes, type ByteRange, bytesOf, runsOf } from "./buffer-bytes.js";
import { rangeText, runsText, shownBytes } from "./shown-bytes.js";
import { failed, PASSED, type Verdict } from "./verdict.js";

/** A buffer of a call: itself, or its name in the call. */
export type BufferLike = ScopeBuffer | string;

/** The call that is meant. Throws a UsageError for what is none. */
export function callOf(subject: unknown): TracedCall {
  if (subject instanceof TracedCall) return subject;
  if (subject instanceof CallError && subject.call) return subject.call;
  throw new UsageError({
    code: "NOT_A_CALL",
    message: "what is asserted is not a traced call",
    remedy: "Give what a call of a scope or a pool resolved to, or its error's call",
  });
}

/** Every byte of the range was read. */
export function checkRead(subject: unknown, buffer: BufferLike, range?: ByteRange): Verdict {
  return checkAll(subject, buffer, range, "read", ({ read }) => read);
}

/** No byte of the range was read. */
export function checkNotRead(subject: unknown, buffer: BufferLike, range?: ByteRange): Verdict {
  return checkNone(subject, buffer, range, "read", ({ read }) => read);
}

/** Every byte of the range was certainly written. */
export function checkWritten(subject: unknown, buffer: BufferLike, range?: ByteRange): Verdict {
  const set = ({ certainlyWritten }: BufferBytes) => certainlyWritten;
  return checkAll(subject, buffer, range, "written", set);
}

/** No byte of the range was written, nor may have been. */
export function checkNotWritten(subject: unknown, buffer: BufferLike, range?: ByteRange): Verdict {
  return checkNone(subject, buffer, range, "written", ({ written }) => written);
}

function checkAll(
  subject: unknown,
  buffer: BufferLike,
  range: ByteRange | undefined,
  what: "read" | "written",
  setOf: (bytes: BufferBytes) => BufferBytes["read"],
): Verdict {
  const call = callOf(subject);
  const { given, bytes, from, to } = looked(call, buffer, range);
  const missing = runsOf(setOf(bytes), false, from, to);
  if (missing.length === 0) return PASSED;
  const isAll = from === 0 && to === given.size;
  const wanted = `expected ${call.function} to have ${what} ${placeText(given.name, from, to, isAll)}`;
  return failed(
    `${wanted}, but ${runsText(missing)} ${missing.length === 1 && missing[0]!.size === 1 ? "was" : "were"} not ${what}`,
    ...(call.truncated ? [TRUNCATED] : []),
    shownBytes(given, bytes, missing, `not ${what}`),
  );
}

function checkNone(
  subject: unknown,
  buffer: BufferLike,
  range: ByteRange | undefined,
  what: "read" | "written",
  setOf: (bytes: BufferBytes) => BufferBytes["read"],
): Verdict {
  const call = callOf(subject);
  const { given, bytes, from, to } = looked(call, buffer, range);
  const offending = runsOf(setOf(bytes), true, from, to);
  const isAll = from === 0 && to === given.size;
  const wanted = `expected ${call.function} not to have ${what} ${placeText(given.name, from, to, isAll)}`;
  if (offending.length > 0) {
    const were = offending.length === 1 && offending[0]!.size === 1 ? "was" : "were";
    return failed(
      `${wanted}, but ${runsText(offending)} ${were} ${what}`,
      shownBytes(given, bytes, offending, what),
    );
  }
  return call.truncated ? failed(wanted, TRUNCATED) : PASSED;
}

/** What is not in the trace cannot be said of a trace that is cut. */
export const TRUNCATED =
  "the trace has only the first accesses of the call: open the scope with a larger maxEvents";

const RANGE: OptionSpec<ByteRange> = { from: anything, to: anything };

/** The buffer in the call, with what was done to its bytes. */
export function looked(call: TracedCall, buffer: BufferLike, range: ByteRange = {}) {
  const given = bufferIn(call, buffer);
  checkOptions(range, RANGE, "a range of bytes", "ASSERTED_RANGE");
  const { from = 0, to = given.size } = range;
  if (
    !(Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from < to && to <= given.size)
  ) {
    throw new UsageError({
      code: "ASSERTED_RANGE",
      message: `bytes ${from} to ${to} are no range of ${given.name}, which has ${given.size} bytes`,
      remedy: "Give { from, to } with 0 <= from < to <= size",
    });
  }
  return { given, bytes: bytesOf(call, given), from, to };
}

export function bufferIn(call: TracedCall, buffer: BufferLike) {
  const found = call.buffers.find(({ name, source }) =>
    typeof buffer === "string" ? name === buffer : source === buffer,
  );
  if (found) return found;
  const name = typeof buffer === "string" ? buffer : buffer.label;
  throw new UsageError({
    code: "BUFFER_NOT_IN_CALL",
    message: `${call.function} had no buffer '${name}': it had ${call.buffers.map((each) => each.name).join(", ") || "none"}`,
    remedy: "Give a buffer that was allocated when the call was made, or its name in call.buffers",
  });
}

function placeText(name: string, from: number, to: number, isAll: boolean): string {
  return isAll ? name : `${rangeText({ offset: from, size: to - from })} of ${name}`;
}
