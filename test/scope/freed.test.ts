import { expect } from "chai";
import { CallError, Scope } from "ffiscope";
import { rejection } from "./support.js";

describe("a buffer that was freed", () => {
  let scope: Scope;
  before(async () => {
    scope = await Scope.open({ timeout: 20_000 });
  });
  after(() => scope?.close());

  it("is named as that where it is used, until something else lies there", async () => {
    const libc = await scope.load("libc.so.6");
    const memset = libc.func("void *memset(void *s, int c, size_t n)");
    const kept = await scope.alloc(16, { name: "kept" });
    const gone = await scope.alloc(16, { name: "gone" });
    const { address } = gone;
    await gone.free();
    const call = await memset(address, 1, 4);
    expect(call.findings).to.have.length(1);
    expect(call.findings[0]).to.include({ kind: "use-after-free", offset: 0, size: 4 });
    expect(call.findings[0]!.message).to.equal(
      "uses 4 bytes of gone after it was freed (offset 0, size 16)",
    );
    expect(call.findings[0]!.buffer).to.equal("gone (freed)");
    expect(call.buffers.map(({ name }) => name)).to.deep.equal(["kept", "gone (freed)"]);
    expect(call.events.at(0)).to.include({ buffer: "gone (freed)", offset: 0 });
    const clean = await memset(kept, 1, 16);
    expect(clean.findings).to.deep.equal([]);
    expect(clean.buffers.map(({ name }) => name)).to.deep.equal(["kept"]);
    const next = await scope.alloc(16, { name: "next" });
    expect(next.address).to.equal(address);
    expect((await memset(address, 1, 16)).findings).to.deep.equal([]);
  });

  it("is told from others of its name, also with none that is left", async () => {
    await using own = await Scope.open({ timeout: 20_000 });
    const libc = await own.load("libc.so.6");
    const memset = libc.func("void *memset(void *s, int c, size_t n)");
    const both = [await own.alloc(8, { name: "b" }), await own.alloc(32, { name: "b" })] as const;
    const addresses = both.map((buffer) => buffer.address);
    for (const buffer of both) await buffer.free();
    const sizes = [];
    for (const address of addresses) sizes.push((await memset(address, 1, 8)).findings[0]?.message);
    expect(sizes).to.deep.equal([
      "uses 8 bytes of b after it was freed (offset 0, size 8)",
      "uses 8 bytes of b after it was freed (offset 0, size 32)",
    ]);
  });

  it("is named in the message of a crash", async () => {
    const libc = await scope.load("libc.so.6");
    const base = await scope.alloc(Buffer.alloc(8));
    const buffer = await scope.alloc(64, { name: "code" });
    const { address } = buffer;
    await buffer.free();
    const qsort = libc.func("void qsort(int *base, size_t n, size_t size, void *compare)");
    const error = await rejection(qsort(base, 2, 4, address));
    expect(error).to.be.instanceOf(CallError);
    expect((error as CallError).message).to.include("inside code, which was freed, at offset 0");
  });
});
