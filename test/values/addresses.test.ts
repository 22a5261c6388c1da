import { expect } from "chai";
import { type Library, Pool, type Scope as ScopeType } from "ffiscope";
import { callError } from "../scope/support.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { libraryIn, Scope, told } from "./support.js";

describe("an address is a BigInt", () => {
  let scope: ScopeType;
  let lib: Library;

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open({ timeout: 20_000 });
    lib = await libraryIn(scope, "accounts");
  });

  after(async () => {
    await scope?.close();
    await expectNothingLeft();
  });

  it("and a result is given to the next call as it is", async () => {
    const make = lib.func("struct account *account_new(const char *name)");
    const add = lib.func("int account_add(struct account *, const double *values, size_t count)");
    const mean = lib.func("double account_mean(const struct account *account)");
    const name = lib.func("const char *account_name(const struct account *account)");
    const close = lib.func("void account_close(struct account *account)");
    const { result: account } = await make("first");
    expect(account).to.be.a("bigint");
    expect((await add(account, [1.5, 2.5], 2)).result).to.equal(2);
    expect((await mean(account)).result).to.equal(2);
    expect((await name(account)).text).to.equal("first");
    expect((await close(account)).result).to.equal(null);
  });

  it("also one that was written behind a pointer", async () => {
    const open = lib.func("int account_open(struct account **to, const char *name)");
    const to = await scope.alloc("void *");
    expect((await open(to, "second")).result).to.equal(0);
    const account = (await to.value()) as bigint;
    const name = lib.func("const char *account_name(const struct account *account)");
    expect((await name(account)).text).to.equal("second");
    await to.free();
  });

  it("and the text of one is refused: nothing is overwritten", async () => {
    const add = lib.func("int account_add(struct account *a, const double *values, size_t count)");
    const { result } = await lib.func("struct account *account_new(const char *name)")("third");
    const line = await told(() => add(`0x${result!.toString(16)}` as never, [1], 1));
    expect(line).to.match(/^ARGUMENT_VALUE: '0x[0-9a-f]+' is text, which a \(struct account \*\)/);
    expect(line).to.match(/Give a buffer of the scope, .* address as a BigInt, such as the result/);
    expect(await told(() => add(Number(result) as never, [1], 1))).to.match(/address as a BigInt/);
    const mean = lib.func("double account_mean(const struct account *account)");
    expect((await mean(result)).result).to.be.NaN; // 0 / 0: no entry was added
  });

  it("of events, buffers, findings and crashes, and in hex in JSON", async () => {
    const libc = await scope.load("libc.so.6");
    const memset = libc.func("void *memset(void *to, int value, size_t size)");
    const to = await scope.alloc(4, { name: "to" });
    expect(to.address).to.be.a("bigint");
    const call = await memset(to, 1, 5);
    expect(call.result).to.equal(to.address);
    const [event] = call.events;
    expect(event!.address).to.equal(to.address);
    expect(event!.ip).to.be.a("bigint");
    expect(call.buffers[0]!.address).to.equal(to.address);
    const [finding] = call.findings;
    expect(finding!.ip).to.be.a("bigint");
    const hex = `0x${to.address.toString(16)}`;
    expect(JSON.parse(JSON.stringify(event))).to.deep.include({ address: hex, buffer: "to" });
    expect(JSON.parse(JSON.stringify(call.events))[0].address).to.equal(hex);
    expect(JSON.parse(JSON.stringify(finding)).ip).to.match(/^0x[0-9a-f]+$/);
    const json = JSON.parse(JSON.stringify(call));
    expect(json).to.deep.include({ result: hex });
    expect(json.buffers[0].address).to.equal(hex);
    expect(JSON.parse(JSON.stringify(call.buffers[0]))).to.deep.equal(json.buffers[0]);
    expect(call.events.columns.address[0]).to.equal(Number(to.address));
    const { crash } = (await callError(memset(8n, 1, 1))).call!;
    expect(crash!.address).to.equal(8n);
    expect(JSON.parse(JSON.stringify(crash)).address).to.equal("0x8");
    await to.free();
  });

  it("that lies in a buffer stands for that buffer", async () => {
    const libc = await scope.load("libc.so.6");
    const strchr = libc.func("char *strchr(const char *text, int character)");
    const text = await scope.alloc("char[]", "one two");
    const { result, text: rest } = await strchr(text, 32);
    expect({ result, rest }).to.deep.equal({ result: text.address + 3n, rest: " two" });
    const call = await libc.func("size_t strlen(const char *s)")(result);
    expect(call.buffers[0]).to.deep.include({ name: "s", arg: 0, const: true, source: text });
    expect(call.result).to.equal(4);
    await text.free();
  });

  it("NULL is null, in the library and as an argument, and 0x0 in JSON", async () => {
    const libc = await scope.load("libc.so.6");
    const strchr = libc.func("char *strchr(const char *text, int character)");
    const call = await strchr("abc", 120);
    expect(call.result).to.equal(null);
    expect(JSON.parse(JSON.stringify(call)).result).to.equal("0x0");
    const realloc = libc.func("void *realloc(void *at, size_t size)");
    expect((await realloc(call.result, 8)).result).to.be.a("bigint");
  });

  it("in a pool, too", async () => {
    await using pool = await Pool.open({ hosts: 2 });
    const libc = await pool.load("libc.so.6");
    const call = await libc.func("char *strpbrk(const char *text, const char *any)")("a-b", "-");
    expect(call.result).to.equal(call.buffers[0]!.address + 1n);
    expect(call.text).to.equal("-b");
    expect(call.events.at(0)!.address).to.be.a("bigint");
  });
});
