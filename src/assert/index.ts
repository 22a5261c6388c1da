/**
 * Assertions on traced calls, for any test framework: each throws an AssertionError of node:assert
 * whose message shows the bytes. `ffiscope/chai` has them as words of chai; `matchers` are for
 * `expect.extend` of vitest and jest.
 *
 * A buffer is given itself or by its name in the call. What cannot be asserted is a UsageError:
 * NOT_A_CALL, BUFFER_NOT_IN_CALL, ASSERTED_RANGE.
 *
 * ```ts
 * const call = await copy(dst, src, 8);
 * assertRead(call, src, { from: 0, to: 8 });
 * assertOnlyTouches(call, dst, src);
 * ```
 */
import { AssertionError } from "node:assert";
import type { CallError } from "../scope/index.js";
import type { ByteRange } from "./buffer-bytes.js";
import { checkClean, checkNotClean } from "./check-clean.js";
import { checkCrash, checkNotCrash, outcomeOf } from "./check-crash.js";
import { checkOnlyTouches, checkTouches } from "./check-touches.js";
import {
  type BufferLike,
  checkNotRead,
  checkNotWritten,
  checkRead,
  checkWritten,
} from "./checks.js";
import type { Verdict } from "./verdict.js";

export type { ByteRange } from "./buffer-bytes.js";
export { checkClean, checkNotClean } from "./check-clean.js";
export { checkCrash, checkNotCrash, outcomeOf } from "./check-crash.js";
export { checkOnlyTouches, checkTouches } from "./check-touches.js";
export {
  type BufferLike,
  checkNotRead,
  checkNotWritten,
  checkRead,
  checkWritten,
} from "./checks.js";
export { type FfiscopeMatchers, type MatcherContext, matchers } from "./matchers.js";
export type { Verdict } from "./verdict.js";

/** What is asserted: a call that was traced, or the error of one that did not return. */
export type CallLike = Parameters<typeof checkRead>[0];

/** Every byte of the range, of the whole buffer unless given, was read. */
export function assertRead(call: CallLike, buffer: BufferLike, range?: ByteRange): void {
  hold(checkRead(call, buffer, range), assertRead);
}

/** No byte of the range was read. */
export function assertNotRead(call: CallLike, buffer: BufferLike, range?: ByteRange): void {
  hold(checkNotRead(call, buffer, range), assertNotRead);
}

/** Every byte of the range was written, for certain. */
export function assertWritten(call: CallLike, buffer: BufferLike, range?: ByteRange): void {
  hold(checkWritten(call, buffer, range), assertWritten);
}

/** No byte of the range was written, nor may have been. */
export function assertNotWritten(call: CallLike, buffer: BufferLike, range?: ByteRange): void {
  hold(checkNotWritten(call, buffer, range), assertNotWritten);
}

/** Every access lies in one of the buffers. */
export function assertOnlyTouches(call: CallLike, ...buffers: readonly BufferLike[]): void {
  hold(checkOnlyTouches(call, ...buffers), assertOnlyTouches);
}

/** Each of the buffers was read or written. */
export function assertTouches(call: CallLike, ...buffers: readonly BufferLike[]): void {
  hold(checkTouches(call, ...buffers), assertTouches);
}

/** It returned, and has no findings. */
export function assertClean(call: CallLike): void {
  hold(checkClean(call), assertClean);
}

/** It did not return, or has findings. */
export function assertNotClean(call: CallLike): void {
  hold(checkNotClean(call), assertNotClean);
}

/** The call crashes, with `signal` where one is given. Takes its promise or its error; gives the error. */
export async function assertCrashes(
  call: PromiseLike<unknown> | unknown,
  signal?: string,
): Promise<CallError> {
  const outcome = await outcomeOf(Promise.resolve(call));
  hold(checkCrash(outcome, signal), assertCrashes);
  return outcome as CallError;
}

/** It does not crash, or not with `signal`. Gives its value, or its other error. */
export async function assertDoesNotCrash(
  call: PromiseLike<unknown> | unknown,
  signal?: string,
): Promise<unknown> {
  const outcome = await outcomeOf(Promise.resolve(call));
  hold(checkNotCrash(outcome, signal), assertDoesNotCrash);
  return outcome;
}

function hold({ pass, message }: Verdict, stackStartFn: (...args: never[]) => unknown): void {
  if (pass) return;
  throw new AssertionError({ message, operator: stackStartFn.name, stackStartFn });
}
