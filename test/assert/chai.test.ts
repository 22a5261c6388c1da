import { AssertionError, expect, use } from "chai";
import { type Library, Scope, type ScopeBuffer, type TracedCall } from "ffiscope";
import ffiscope from "ffiscope/chai";
import { fixtureLibrary } from "../scope/support.js";
import { needsCompiler } from "../support/needs.js";

use(ffiscope);

describe("chai's words for traced calls", () => {
  let scope: Scope;
  let lib: Library;
  let dst: ScopeBuffer;
  let src: ScopeBuffer;
  let other: ScopeBuffer;
  let call: TracedCall;

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open({ timeout: 20_000 });
    lib = await scope.load(fixtureLibrary());
    dst = await scope.alloc(8);
    src = await scope.alloc(Buffer.from("hello!!!"));
    other = await scope.alloc(4);
    call = await lib.func("void leak(char *dst, const char *src, int n, char *other)")(
      ...([dst, src, 5, other] as const),
    );
  });

  after(() => scope?.close());

  it("read: every byte was", () => {
    expect(call).to.have.read(src, { from: 0, to: 5 });
    expect(call).to.have.read("src", { to: 5 });
    expect(call).to.not.have.read(dst);
    expect(messageOf(() => expect(call).to.have.read(src))).to.equal(
      [
        "expected leak to have read src, but bytes 5 to 7 were not read",
        "src  8 bytes: 5 read, 0 written",
        "     0  RRRRR!!!",
        "  R read  W written  B both  · untouched  ! not read",
        "  bytes 5 to 7: 21 21 21",
      ].join("\n"),
    );
  });

  it("read, with not: no byte was", () => {
    expect(call).to.not.have.read(src, { from: 5 });
    expect(messageOf(() => expect(call).to.not.have.read(src, { from: 4 }))).to.equal(
      [
        "expected leak not to have read bytes 4 to 7 of src, but byte 4 was read",
        "src  8 bytes: 5 read, 0 written",
        "     0  RRRR!···",
        "  R read  W written  B both  · untouched  ! read",
        "  byte 4: 6f",
      ].join("\n"),
    );
  });

  it("written: every byte was, for certain", async () => {
    expect(call).to.have.written(dst, { from: 0, to: 5 });
    expect(call).to.not.have.written(src);
    expect(messageOf(() => expect(call).to.have.written(dst))).to.match(/bytes 5 to 7 were not/);
    const at = await scope.alloc("int", 1);
    const exchange = await lib.func("int exchange(int *at)")(at);
    expect(messageOf(() => expect(exchange).to.have.written(at))).to.match(/were not written/);
    await at.free();
  });

  it("only touch: no other byte was", () => {
    expect(call).to.only.touch(src, dst, other);
    expect(call).to.not.only.touch(src, dst);
    expect(call).to.touch(other);
    const message = messageOf(() => expect(call).to.only.touch(src, dst));
    expect(message).to.match(/^expected leak to touch only src, dst, but an access lies outside\n/);
    expect(message).to.match(/\n {2}write of 1 at other\+0, by lib/);
    expect(message).to.match(/\nother {2}4 bytes: 0 read, 1 written\n {5}0 {2}!···\n/);
  });

  it("only touch sees what runs past a buffer, too", async () => {
    const small = await scope.alloc(3, { name: "small" });
    const over = await lib.func("void copy(char *dst, const char *src, int n)")(small, src, 4);
    expect(messageOf(() => expect(over).to.only.touch(small, src))).to.match(/small\+3/);
    expect(messageOf(() => expect(over).to.be.clean)).to.match(
      /^expected copy to be clean, but it has 1 finding\n {2}out-of-bounds-write: .*\nsmall {2}3 bytes.*\n.*\n.*!.*past the end/,
    );
    expect(over).to.not.be.clean;
    await small.free();
  });

  it("clean: it returned, and has no findings", () => {
    expect(call).to.be.clean;
    expect(messageOf(() => expect(call).to.not.be.clean)).to.match(/not to be clean/);
  });

  it("crash: of a promise, and of its error", async () => {
    const crash = lib.func("void copy_and_crash(char *dst, int n)");
    const error = await expect(crash(dst, 8)).to.crash("SIGSEGV");
    expect(error.signal).to.equal("SIGSEGV");
    await expect(error).to.crash("SIGSEGV");
    await expect(error).to.crash();
    await expect(error).to.not.crash("SIGABRT");
    expect(error).to.have.written(dst, { to: 4 });
    expect(error.call).to.not.be.clean;
    await expect(lib.func("int count(void)")()).to.not.crash();

    expect(messageOf(() => void expect(error).to.crash("SIGABRT"))).to.match(
      /^expected copy_and_crash to crash with SIGABRT, but it crashed with SIGSEGV\n/,
    );
    const counted = expect(lib.func("int count(void)")()).to.crash();
    expect(await failureOf(counted)).to.equal("expected count to crash, but it returned 2");
    const left = expect(lib.func("void leave(int code)")(3)).to.crash();
    expect(await failureOf(left)).to.match(/but it did not: leave ended the process with/);
  });

  it("what is no call, no buffer of it or no range is refused", () => {
    expect(() => expect(5).to.be.clean).to.throw(/not a traced call/);
    expect(() => expect(call).to.have.read("nowhere")).to.throw(/no buffer 'nowhere'/);
    expect(() => expect(call).to.have.read(src, { to: 9 })).to.throw(/no range of src/);
    const misspelt = { form: 1 } as object;
    expect(() => expect(call).to.have.read(src, misspelt)).to.throw(
      /unknown option 'form'. Did you mean 'from'/,
    );
  });
});

/** The message of the AssertionError that `assertion` throws. */
function messageOf(assertion: () => unknown): string {
  try {
    assertion();
  } catch (error) {
    expect(error).to.be.instanceOf(AssertionError);
    return (error as Error).message;
  }
  throw new Error("it holds");
}

async function failureOf(assertion: Promise<unknown>): Promise<string> {
  const error = await assertion.then(
    () => new Error("it holds"),
    (reason: Error) => reason,
  );
  expect(error).to.be.instanceOf(AssertionError);
  return error.message;
}
