/// <reference types="chai" preserve="true" />

/**
 * Words of chai for traced calls: `use(ffiscope)`, with the default export of `ffiscope/chai`.
 *
 * ```ts
 * expect(call).to.have.read(buf, { from: 0, to: 5 });
 * expect(call).to.have.written(dst);
 * expect(call).to.only.touch(src, dst);
 * expect(call).to.be.clean;
 * await expect(crc32(0, null, 5)).to.crash("SIGSEGV");
 * ```
 */
import {
  type BufferLike,
  type ByteRange,
  checkClean,
  checkCrash,
  checkNotClean,
  checkNotCrash,
  checkNotRead,
  checkNotWritten,
  checkOnlyTouches,
  checkRead,
  checkTouches,
  checkWritten,
  outcomeOf,
  type Verdict,
} from "../assert/index.js";
import type { CallError } from "../scope/index.js";

declare global {
  namespace Chai {
    interface Assertion {
      /** Every byte of the range, of the whole buffer unless given, was read; with `not`: none. */
      read(buffer: BufferLike, range?: ByteRange): Assertion;
      /** Every byte of the range was certainly written; with `not`: none, nor may have been. */
      written(buffer: BufferLike, range?: ByteRange): Assertion;
      /** Each of the buffers was touched; after `only`: nothing else was. */
      touch(...buffers: BufferLike[]): Assertion;
      /** Before `touch`. */
      only: Assertion;
      /** It returned, and has no findings. */
      clean: Assertion;
      /** Of a call's promise or its error: it crashes, with `signal` where one is given. */
      crash(signal?: string): Promise<CallError>;
    }
  }
}

const ONLY = "ffiscope.only";

const plugin: Chai.ChaiPlugin = ({ Assertion }, utils) => {
  type Self = Chai.AssertionStatic & Chai.Assertion;
  const subject = (self: Self): unknown => utils.flag(self, "object");
  const isNegated = (self: Self): boolean => Boolean(utils.flag(self, "negate"));

  /** `verdict` has seen to `not` already; chai would turn it round. */
  function hold(self: Self, { pass, message }: Verdict): void {
    const failure = message || "expected the call to do something else too";
    self.assert(isNegated(self) ? !pass : pass, failure, failure, undefined, undefined, false);
  }

  utils.addMethod(
    Assertion.prototype,
    "read",
    function (this: Self, buffer: BufferLike, range?: ByteRange) {
      const check = isNegated(this) ? checkNotRead : checkRead;
      hold(this, check(subject(this), buffer, range));
    },
  );

  utils.addMethod(
    Assertion.prototype,
    "written",
    function (this: Self, buffer: BufferLike, range?: ByteRange) {
      const check = isNegated(this) ? checkNotWritten : checkWritten;
      hold(this, check(subject(this), buffer, range));
    },
  );

  utils.addProperty(Assertion.prototype, "only", function (this: Self) {
    utils.flag(this, ONLY, true);
  });

  utils.addMethod(Assertion.prototype, "touch", function (this: Self, ...buffers: BufferLike[]) {
    const isOnly = Boolean(utils.flag(this, ONLY));
    const { pass, message } = (isOnly ? checkOnlyTouches : checkTouches)(subject(this), ...buffers);
    const negated = `expected the call not ${isOnly ? "to touch these buffers alone" : "to touch each of these buffers"}`;
    this.assert(pass, message, negated, undefined, undefined, false);
  });

  utils.addProperty(Assertion.prototype, "clean", function (this: Self) {
    hold(this, (isNegated(this) ? checkNotClean : checkClean)(subject(this)));
  });

  utils.addMethod(Assertion.prototype, "crash", function (this: Self, signal?: string) {
    const check = isNegated(this) ? checkNotCrash : checkCrash;
    const given = subject(this);
    if (!isPromise(given)) {
      hold(this, check(given, signal));
      return Promise.resolve(given);
    }
    return outcomeOf(given).then((outcome) => {
      hold(this, check(outcome, signal));
      return outcome;
    });
  });
};

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === "function";
}

/** What `require("ffiscope/chai")` gives, in a Node that can require ES modules. */
export { plugin as default, plugin as "module.exports" };
