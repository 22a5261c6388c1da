import { expect } from "chai";
import { CallError, type Library, pointer, Scope, type ScopeBuffer, struct } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { callError, fixtureLibrary, rejection } from "./support.js";

describe("a scope", () => {
  let scope: Scope;
  let lib: Library;

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open({ timeout: 20_000 });
    lib = await scope.load(fixtureLibrary());
  });

  after(async () => {
    await scope?.close();
    await expectNothingLeft();
  });

  it("makes many calls on one host, in the order in which they were asked for", async () => {
    const count = lib.func("int count(void)");
    const { pid } = scope;
    const counts = await Promise.all([count(), count(), count()]);
    const results = counts.map(({ result }) => result);
    expect(results).to.deep.equal([1, 2, 3]);
    expect(scope.pid).to.equal(pid);
  });

  it("gives results as the JSON does", async () => {
    const half = lib.func("double half(double value, float factor)");
    expect((await half(5, 0.5)).result).to.equal(2.5);
    const ones = lib.func("unsigned long long all_ones(void)");
    expect((await ones()).result).to.equal("18446744073709551615");
    const negate = lib.func("_Bool negate(_Bool value)");
    expect((await negate(true)).result).to.equal(false);
    const text = await scope.alloc("char[]", "text");
    const second = lib.func("char *second(char *text)");
    expect((await second(text)).result).to.equal(text.address + 1n);
    await text.free();
  });

  it("lays out structs, and what they point to", async () => {
    const node = struct("node", { value: "int", name: "const char *", next: "void *" });
    const last = await scope.alloc(node, { value: 2, name: "b" });
    const list = await scope.alloc(node, { value: 40, name: "abc", next: last });
    expect(list.size).to.equal(24);
    const sum = lib.func("long sum(const struct node *list)");
    const call = await sum(list);
    expect(call.result).to.equal(46);
    expect(call.findings).to.deep.equal([]);
    expect(call.events.byBuffer(last).length).to.be.greaterThan(0);
    expect(await list.value()).to.deep.include({ value: 40, next: BigInt(last.address) });
    await list.free();
    await last.free();
  });

  it("lays out a struct in a struct, arrays, and pointers to structs", async () => {
    const point = struct("point", { x: "char", y: "double" });
    const shape = struct("shape", { corners: "short[3]", at: point, to: pointer(point) });
    const buffer = await scope.alloc(shape, {
      corners: [1, 2, 3],
      at: { x: 4, y: 0.5 },
      to: { x: 6, y: 7 },
    });
    expect(buffer.size).to.equal(32);
    const value = (await buffer.value()) as { corners: number[]; at: object; to: bigint };
    expect(value).to.deep.include({ corners: [1, 2, 3], at: { x: 4, y: 0.5 } });
    expect(value.to).to.equal(BigInt(buffer.owned[0]!.address));
    const [nested] = buffer.owned;
    await buffer.free();
    expect(nested!.freed).to.equal(true);
  });

  it("allocates bytes, sizes and types, with a value or without", async () => {
    const alloc = scope.alloc.bind(scope) as (...given: unknown[]) => Promise<ScopeBuffer>;
    const cases: readonly (readonly [unknown[], string])[] = [
      [[Buffer.from("hi")], "6869"],
      [[Uint16Array.of(1, 2)], "01000200"],
      [[3], "000000"],
      [["int"], "00000000"],
      [["int", -2], "feffffff"],
      [["uint16_t[]", [1, 2]], "01000200"],
      [["uint16_t[3]", [1]], "010000000000"],
      [["char[]", "hi"], "686900"],
      [["uint8_t[]", "hi"], "6869"],
      [["float", 0.5], "0000003f"],
      [["int[2][2]", [[1], [2, 3]]], "01000000000000000200000003000000"],
      [["uint64_t", 2n ** 64n - 1n], "ffffffffffffffff"],
      [["void *", null], "0000000000000000"],
    ];
    for (const [given, expected] of cases) {
      const buffer = await alloc(...given);
      expect((await buffer.read()).toString("hex"), String(given)).to.equal(expected);
      await buffer.free();
    }
  });

  it("refuses what does not fit, and says where", async () => {
    const point = struct("point", { x: "int" });
    const refused = [
      [() => scope.alloc("int", 2 ** 31), "ARGUMENT_RANGE", /int/],
      [() => scope.alloc("int", 1.5), "ARGUMENT_VALUE", /int/],
      [() => scope.alloc("int[2]", [1, 2, 3]), "ARGUMENT_VALUE", /3 elements/],
      [() => scope.alloc("int[]"), "ARGUMENT_VALUE", /no length/],
      [() => scope.alloc("intt", 1), "PROTOTYPE_UNKNOWN_TYPE", /'intt'/],
      [() => scope.alloc(point, { y: 1 } as never), "ARGUMENT_VALUE", /'y'/],
      [() => scope.alloc(2 ** 40), "HEAP_FULL", /heap/],
      [() => lib.func("int count(void)")(1 as never), "ARGUMENT_COUNT", /no arguments/],
      [() => lib.func("void leave(int code)")("5" as never), "ARGUMENT_VALUE", /code \(int\)/],
      [() => lib.func("char *second(char *t)")(5 as never), "ARGUMENT_VALUE", /a pointer/],
      [() => lib.func("int nowhere(void)")(), "SYMBOL_NOT_FOUND", /nowhere/],
      [() => scope.load("libnowhere.so"), "LIBRARY_NOT_LOADED", /libnowhere/],
    ] as const;
    for (const [make, code, text] of refused) {
      const error = await rejection(make());
      expect(error, String(make)).to.deep.include({ code });
      expect(error.message).to.match(text);
    }
    expect(() => lib.func("int (")).to.throw(/prototype/);
  });

  it("takes bytes, text and out(n) for one call", async () => {
    const copy = lib.func("void copy(char *dst, const char *src, int n)");
    const before = [...(await allocated())].length;
    const call = await copy(Buffer.alloc(4), "abc", 4);
    const [dst] = call.buffers.filter(({ name }) => name === "dst");
    expect(Buffer.from(dst!.content!).toString()).to.equal("abc\0");
    expect([...(await allocated())].length).to.equal(before);

    async function allocated() {
      const probe = await scope.alloc(1);
      const { live } = probe.heap as unknown as { live: Iterable<unknown> };
      const all = [...live];
      await probe.free();
      return all;
    }
  });

  it("tells what a call must not have done, by the names of the JSON", async () => {
    const dst = await scope.alloc(3, { name: "target" });
    const copy = lib.func("void copy(char *dst, const char *src, int n)");
    const call = await copy(dst, "abc", 4);
    expect(call.findings).to.have.length(1);
    expect(call.findings[0]).to.deep.include({
      ...{ kind: "out-of-bounds-write", buffer: "target", offset: 3, size: 1, count: 1 },
    });
    const json = JSON.parse(JSON.stringify(call));
    expect(json).to.deep.include({ function: "copy", outcome: "returned", truncated: false });
    expect(json.events).to.have.length(call.events.length);
    expect(json.buffers.map(({ name }: { name: string }) => name)).to.deep.equal(["target", "src"]);
    await dst.free();
  });

  it("survives a crash with what was known of it, and its buffers", async () => {
    const node = struct("node", { value: "int", name: "const char *", next: "void *" });
    const list = await scope.alloc(node, { value: 1, name: "ab" });
    const dst = await scope.alloc(8);
    const error = await callError(lib.func("void copy_and_crash(char *dst, int n)")(dst, 8));
    expect(error).to.deep.include({
      ...{ code: "CALL_CRASHED", signal: "SIGSEGV", timedOut: false, isCanceled: false },
      ...{ isTerminated: true, exitCode: null },
    });
    expect(error.shortMessage).to.match(/^copy_and_crash crashed with SIGSEGV on 0x8 at lib/);
    expect([...error.call!.events].map(({ kind }) => kind)).to.deep.equal(Array(4).fill("write"));
    expect(error.call!.crash).to.deep.include({ signal: "SIGSEGV", address: 8n });

    expect((await lib.func("int count(void)")()).result).to.equal(1);
    expect((await dst.read()).toString()).to.equal("xxxx\0\0\0\0");
    const { result } = await lib.func("long sum(const struct node *list)")(list);
    expect(result).to.equal(3);
    await list.free();
    await dst.free();
  });

  it("survives an exit, and a call that takes too long", async () => {
    const exited = await callError(lib.func("void leave(int code)")(7));
    expect(exited).to.deep.include({ code: "CALL_EXITED", exitCode: 7, isTerminated: false });
    const late = await callError(lib.func("void wait_for_ever(void)")({ timeout: 50 }));
    expect(late).to.deep.include({ code: "CALL_TIMED_OUT", timedOut: true, isCanceled: false });
    expect(late.call!.outcome).to.equal("timed-out");
    expect((await lib.func("int count(void)")()).outcome).to.equal("returned");
  });

  it("ends a call that is cancelled, while it runs and while it waits", async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const wait = lib.func("void wait_for_ever(void)");
    const runs = callError(wait({ signal: first.signal }));
    const waits = callError(wait({ signal: second.signal }));
    const next = lib.func("int count(void)")();
    second.abort();
    expect(await waits).to.deep.include({ code: "CANCELLED", isCanceled: true, call: null });
    first.abort();
    expect(await runs).to.deep.include({ code: "CANCELLED", isCanceled: true });
    expect((await next).outcome).to.equal("returned");
    const never = await callError(wait({ signal: AbortSignal.abort() }));
    expect(never.code).to.equal("CANCELLED");
  });

  it("refuses a buffer that was freed, or that is another scope's", async () => {
    const second = lib.func("char *second(char *text)");
    const freed = await scope.alloc(4);
    await freed.free();
    expect(await rejection(second(freed))).to.deep.include({ code: "BUFFER_FREED" });
    expect(await rejection(freed.read())).to.deep.include({ code: "BUFFER_FREED" });
    expect(await rejection(freed.free())).to.deep.include({ code: "BUFFER_FREED" });
    await using other = await Scope.open();
    const foreign = await other.alloc(4);
    expect(await rejection(second(foreign))).to.deep.include({ code: "FOREIGN_BUFFER" });
  });

  it("survives a library that cannot be loaded to its end", async () => {
    const flags = ["-shared", "-fPIC"];
    const dies = compileFixture("test/fixtures/scope/constructor.c", flags);
    const waits = compileFixture("test/fixtures/scope/constructor.c", [...flags, "-DWAIT"]);
    const died = await rejection(scope.load(dies));
    expect(died).to.deep.include({ code: "HOST_ENDED" });
    expect(died.message).to.match(/killed by SIGABRT/);
    const controller = new AbortController();
    const loading = rejection(scope.load(waits, { signal: controller.signal }));
    controller.abort();
    expect(await loading).to.deep.include({ code: "CANCELLED" });
    await using impatient = await Scope.open({ startTimeout: 3_000 });
    expect(await rejection(impatient.load(waits))).to.deep.include({ code: "LOAD_TIMEOUT" });
    expect((await lib.func("int count(void)")()).outcome).to.equal("returned");
  });

  it("shows its sessions to an inspector, whose events survive JSON", async () => {
    const types = new Set<string>();
    await using inspected = await Scope.open({
      inspect: (event) => {
        types.add(event.type);
        if (event.type === "@xstate.event") JSON.stringify(event.event);
        if (event.type === "@xstate.snapshot") JSON.stringify(event.snapshot);
      },
    });
    const big = await inspected.load(fixtureLibrary());
    const ones = await inspected.alloc("uint64_t", 2n ** 64n - 1n);
    await big.func("char *second(char *text)")(ones);
    const call = await big.func("uint64_t all_ones(uint64_t unused)")(2n ** 64n - 1n);
    expect(call.result).to.equal("18446744073709551615");
    expect([...types]).to.include.members([
      ...["@xstate.actor", "@xstate.event", "@xstate.snapshot"],
    ]);
  });

  it("goes on when its host is killed between calls", async () => {
    process.kill(scope.pid!, "SIGKILL");
    const settled = await lib
      .func("int count(void)")()
      .catch((error: Error) => error);
    if (settled instanceof Error) expect(settled).to.deep.include({ code: "HOST_ENDED" });
    expect((await lib.func("int count(void)")()).result).to.be.oneOf([1, 2]);
  });
});

describe("a scope that is closed", () => {
  before(function () {
    needsCompiler(this);
  });

  afterEach(() => expectNothingLeft());

  it("lets the calls that were asked for settle", async () => {
    const scope = await Scope.open();
    const lib = await scope.load(fixtureLibrary());
    const calls = [1, 2, 3].map(() => lib.func("int count(void)")());
    await scope.close();
    expect((await Promise.all(calls)).map(({ result }) => result)).to.deep.equal([1, 2, 3]);
    const late = await callError(lib.func("int count(void)")());
    expect(late).to.deep.include({ code: "SCOPE_CLOSED", isCanceled: true });
    expect(await rejection(scope.alloc(1))).to.deep.include({ code: "SCOPE_CLOSED" });
  });

  it("ends them where it is destroyed", async () => {
    const scope = await Scope.open();
    const lib = await scope.load(fixtureLibrary());
    const calls = [1, 2].map(() => callError(lib.func("void wait_for_ever(void)")()));
    await scope.destroy();
    for (const call of calls) {
      expect(await call).to.be.instanceOf(CallError);
      expect(await call).to.deep.include({ code: "SCOPE_CLOSED", isCanceled: true });
    }
    await scope.destroy();
  });

  it("by the end of its block ends what nobody waits for", async () => {
    let call: Promise<CallError>;
    {
      await using scope = await Scope.open();
      const lib = await scope.load(fixtureLibrary());
      call = callError(lib.func("void wait_for_ever(void)")());
    }
    expect(await call).to.deep.include({ code: "SCOPE_CLOSED" });
  });

  it("does not open where its host cannot come up", async () => {
    const opened = Scope.open({ startTimeout: 1 });
    expect(await rejection(opened)).to.deep.include({ code: "START_TIMEOUT" });
    expect(await rejection(Scope.open({ heapBytes: 5 }))).to.deep.include({ code: "HEAP_BYTES" });
  });
});
