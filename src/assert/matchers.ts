import type { ByteRange } from "./buffer-bytes.js";
import { checkClean, checkNotClean } from "./check-clean.js";
import { checkCrash, checkNotCrash, outcomeOf } from "./check-crash.js";
import { checkOnlyTouches } from "./check-touches.js";
import {
  type BufferLike,
  checkNotRead,
  checkNotWritten,
  checkRead,
  checkWritten,
} from "./checks.js";
import type { Verdict } from "./verdict.js";

/** What vitest and jest call a matcher with. */
export interface MatcherContext {
  readonly isNot?: boolean;
}

/** The matchers as a subject has them: `ffiscope/vitest` and `ffiscope/jest` add them to its types. */
export interface FfiscopeMatchers<R = void> {
  /** Every byte of the range, of the whole buffer unless given, was read; with `not`: none. */
  toHaveRead(buffer: BufferLike, range?: ByteRange): R;
  /** Every byte of the range was certainly written; with `not`: none, nor may have been. */
  toHaveWritten(buffer: BufferLike, range?: ByteRange): R;
  /** Nothing but the buffers was touched. */
  toOnlyTouch(...buffers: BufferLike[]): R;
  /** It returned, and has no findings. */
  toBeClean(): R;
  /** Of a call's promise or its error: it crashes, with `signal` where one is given. */
  toCrash(signal?: string): Promise<void>;
}

interface MatcherResult {
  readonly pass: boolean;
  message(): string;
}

/** `.not` asks for another check, whose message is its own. */
function resultOf({ isNot }: MatcherContext, check: Verdict): MatcherResult {
  const { pass, message } = check;
  return { pass: isNot ? !pass : pass, message: () => message };
}

/**
 * Matchers for `expect.extend(matchers)` of vitest and jest.
 *
 * ```ts
 * expect(call).toHaveRead(buf, { from: 0, to: 5 });
 * expect(call).not.toHaveWritten(src);
 * await expect(crc32(0, null, 5)).toCrash("SIGSEGV");
 * ```
 */
export const matchers = {
  toHaveRead(this: MatcherContext, call: unknown, buffer: BufferLike, range?: ByteRange) {
    return resultOf(this, (this.isNot ? checkNotRead : checkRead)(call, buffer, range));
  },
  toHaveWritten(this: MatcherContext, call: unknown, buffer: BufferLike, range?: ByteRange) {
    return resultOf(this, (this.isNot ? checkNotWritten : checkWritten)(call, buffer, range));
  },
  toOnlyTouch(this: MatcherContext, call: unknown, ...buffers: BufferLike[]): MatcherResult {
    const { pass, message } = checkOnlyTouches(call, ...buffers);
    return { pass, message: () => message || "expected the call to touch something else too" };
  },
  toBeClean(this: MatcherContext, call: unknown) {
    return resultOf(this, (this.isNot ? checkNotClean : checkClean)(call));
  },
  async toCrash(this: MatcherContext, call: unknown, signal?: string) {
    const outcome = await outcomeOf(Promise.resolve(call));
    return resultOf(this, (this.isNot ? checkNotCrash : checkCrash)(outcome, signal));
  },
};
