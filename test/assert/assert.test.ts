import { AssertionError } from "node:assert";
import { expect } from "chai";
import { type Library, Scope, type ScopeBuffer } from "ffiscope";
import {
  assertClean,
  assertCrashes,
  assertDoesNotCrash,
  assertNotClean,
  assertNotRead,
  assertNotWritten,
  assertOnlyTouches,
  assertRead,
  assertTouches,
  assertWritten,
  matchers,
} from "ffiscope/assert";
import { fixtureLibrary, rejection } from "../scope/support.js";
import { needsCompiler } from "../support/needs.js";

describe("assertions for any framework", () => {
  let scope: Scope;
  let lib: Library;
  let src: ScopeBuffer;
  let dst: ScopeBuffer;
  const copied = () => lib.func("void copy(char *dst, const char *src, int n)")(dst, src, 4);

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open({ timeout: 20_000 });
    lib = await scope.load(fixtureLibrary());
    src = await scope.alloc(Buffer.from("abcd"));
    dst = await scope.alloc(8);
  });

  after(() => scope?.close());

  it("hold where they hold", async () => {
    const call = await copied();
    assertRead(call, src);
    assertNotRead(call, dst);
    assertWritten(call, dst, { to: 4 });
    assertNotWritten(call, dst, { from: 4 });
    assertNotWritten(call, "src");
    assertOnlyTouches(call, src, dst);
    assertTouches(call, src, dst);
    assertClean(call);
    const error = await assertCrashes(lib.func("void crash_if(int crash)")(1), "SIGABRT");
    await assertCrashes(error, "SIGABRT");
    assertNotClean(error);
    expect(await assertDoesNotCrash(copied())).to.have.property("outcome", "returned");
  });

  it("throw an AssertionError of node:assert where they do not", async () => {
    const call = await copied();
    const wrong: readonly (() => void)[] = [
      () => assertRead(call, dst),
      () => assertNotRead(call, src),
      () => assertWritten(call, dst),
      () => assertNotWritten(call, dst),
      () => assertOnlyTouches(call, src),
      () => assertTouches(call, src, dst, "nothing"),
      () => assertNotClean(call),
    ];
    for (const assertion of wrong) expect(assertion, String(assertion)).to.throw();
    expect(wrong[0]).to.throw(AssertionError, /expected copy to have read dst/);
    for (const promise of [assertCrashes(copied()), assertCrashes(copied(), "SIGSEGV")]) {
      expect(await rejection(promise)).to.be.instanceOf(AssertionError);
    }
    const crashed = assertDoesNotCrash(lib.func("void crash_if(int crash)")(1));
    expect(await rejection(crashed)).to.be.instanceOf(AssertionError);
  });

  it("do not say of a trace that is cut what is not in it", async () => {
    await using small = await Scope.open({ maxEvents: 2 });
    const cut = await small.load(fixtureLibrary());
    const to = await small.alloc(4);
    const call = await cut.func("void copy(char *dst, const char *src, int n)")(to, "abc", 4);
    expect(() => assertOnlyTouches(call, to, "src")).to.throw(/maxEvents/);
    expect(() => assertNotWritten(call, to, { from: 3 })).to.throw(/maxEvents/);
    expect(() => assertWritten(call, to)).to.throw(/maxEvents/);
  });

  it("are matchers for expect.extend, with and without not", async () => {
    const call = await copied();
    const is = { isNot: false };
    const not = { isNot: true };
    expect(matchers.toHaveRead.call(is, call, src).pass).to.equal(true);
    expect(matchers.toHaveRead.call(not, call, dst).pass).to.equal(false);
    expect(matchers.toHaveWritten.call(is, call, dst).message()).to.match(/bytes 4 to 7/);
    expect(matchers.toHaveWritten.call(not, call, src).pass).to.equal(false);
    expect(matchers.toOnlyTouch.call(is, call, src, dst).pass).to.equal(true);
    expect(matchers.toBeClean.call(is, call).pass).to.equal(true);
    const crashed = lib.func("void crash_if(int crash)")(1);
    expect(await matchers.toCrash.call(is, crashed, "SIGABRT")).to.have.property("pass", true);
  });
});
