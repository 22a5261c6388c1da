import { expect } from "chai";
import { as, type Library, out, Pool, type Scope as ScopeType, struct } from "ffiscope";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { libraryIn, Scope, told } from "./support.js";

const TEXT = "aä🙂";

describe("text", () => {
  let scope: ScopeType;
  let lib: Library;
  let libc: Library;

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open({ timeout: 20_000, env: { FFISCOPE_TEXT: TEXT } });
    lib = await libraryIn(scope, "types");
    libc = await scope.load("libc.so.6");
  });

  after(async () => {
    await scope?.close();
    await expectNothingLeft();
  });

  it("is in the encoding of its characters, with their NUL", async () => {
    const encodings: readonly (readonly [type: string, hex: string])[] = [
      ["char", "61c3a4f09f998200"],
      ["uint8_t", "61c3a4f09f9982"],
      ["char16_t", "6100e4003dd842de0000"],
      ["char32_t", "61000000e400000042f6010000000000"],
      ["wchar_t", "61000000e400000042f6010000000000"],
    ];
    for (const [type, hex] of encodings) {
      const buffer = await scope.alloc(`${type}[]`, TEXT);
      expect((await buffer.read()).toString("hex"), type).to.equal(hex);
      await buffer.free();
    }
    expect((await libc.func("size_t strlen(const char *s)")(TEXT)).result).to.equal(7);
    expect((await libc.func("size_t wcslen(const wchar_t *s)")(TEXT)).result).to.equal(3);
    expect((await lib.func("size_t length16(const char16_t *text)")(TEXT)).result).to.equal(4);
    expect((await lib.func("size_t length32(const char32_t *text)")(TEXT)).result).to.equal(3);
  });

  it("lies so in structs and in arrays, too", async () => {
    const label = struct("label", { id: "int", name: "wchar_t[8]", note: "const char16_t *" });
    const buffer = await scope.alloc(label, { id: 1, name: "wïde", note: TEXT });
    const length = lib.func("size_t label_length(const struct label *label)");
    const call = await length(buffer);
    expect(call.result).to.equal(404);
    expect(call.findings).to.deep.equal([]);
    await buffer.free();
    expect(await told(() => scope.alloc("wchar_t[3]", "four"))).to.match(/4 elements are too many/);
    const words = await scope.alloc("wchar_t *[]", ["a", "bc"]);
    const [first] = (await words.value()) as bigint[];
    expect(await scope.text(first!, "wchar_t")).to.equal("a");
    await words.free();
  });

  it("is refused where no characters are, and a line says what to give", async () => {
    const refused: readonly (readonly [type: string, value: unknown, message: RegExp])[] = [
      ["struct account *", "0x7f3160001000", /is text, which p \(struct account \*\) does not/],
      [
        "FILE *",
        "text",
        /Give a buffer of the scope, bytes, .* or an address as a BigInt, such as/,
      ],
      ["int *", "text", /is text.*Give an array of numbers/],
      ["double *", "1.5", /is text.*Give an array/],
      ["char **", "text", /is text.*Give an array of what it points to/],
      ["_Bool *", "true", /is text/],
      ["void *", "0x7f3160001000", /is an address as text/],
      ["const uint8_t *", "0x7f3160001000", /is an address as text/],
      ["char **", ["a", 5], /element 1 of p \(char \*\*\)/],
      ["int (*)(int)", "text", /Give cmp:i32/],
      ["char *", "\ud800", /half a surrogate pair, which UTF-8/],
      ["wchar_t *", "\ud800", /half a surrogate pair, which UTF-32/],
      ["char *", { some: "object" }, /an object \(Object\) is no value/],
    ];
    for (const [type, value, message] of refused) {
      const prototype = `void f(${type.replace("(*)", "(*p)")}${type.includes("(*)") ? "" : "p"}, int last)`;
      const line = await told(() => lib.func(prototype as string)(value as never, 0));
      expect(line, type)
        .to.match(/^ARGUMENT_VALUE/)
        .and.to.match(message)
        .and.not.include("\n");
    }
    expect(await told(() => scope.alloc("int[]", "text"))).to.match(/^ARGUMENT_VALUE.*is text/);
  });

  it("of a result is there as it returned, and null where it has none", async () => {
    const results: readonly (readonly [prototype: string, text: string | null])[] = [
      ["const char16_t *text16(void)", TEXT],
      ["const char32_t *text32(void)", TEXT],
      ["const wchar_t *text_wide(void)", TEXT],
      ["const char *greet(void)", "hello"],
      ["char *no_text(void)", null],
      ["void *greet(void)", null],
    ];
    for (const [prototype, text] of results) {
      const call = await lib.func(prototype as string)();
      expect(call.text, prototype).to.equal(text);
      expect(call.result).to.be.a("bigint");
    }
    const getenv = libc.func("char *getenv(const char *name)");
    expect((await getenv("FFISCOPE_TEXT")).text).to.equal(TEXT);
    expect(await getenv("FFISCOPE_NO_SUCH")).to.deep.include({ result: null, text: null });
  });

  it("of any memory of the host is read, and other memory as bytes", async () => {
    const { result, text } = await libc.func("char *strdup(const char *s)")("x".repeat(5_000));
    expect(text).to.equal("x".repeat(5_000));
    expect(await scope.text(result)).to.equal(text);
    expect((await scope.read(result!, 4)).toString()).to.equal("xxxx");
    const wide = await lib.func("const char16_t *text16(void)")();
    expect(await scope.text(wide.result, "char16_t")).to.equal(TEXT);
    const buffer = await scope.alloc("char[]", "in the heap");
    expect(await scope.text(buffer)).to.equal("in the heap");
    expect(await scope.text(buffer.at(7))).to.equal("heap");
    expect(await scope.text(buffer.address + 3n)).to.equal("the heap");
    expect(await scope.text(null)).to.equal(null);
    const endless = await scope.alloc(Buffer.alloc(2 ** 24 + 2 ** 22, "x"));
    expect(await told(() => scope.text(endless))).to.match(/^TEXT_TOO_LONG.*within 16777216 bytes/);
    expect((await scope.text(endless.at(2 ** 24)))!.length).to.equal(2 ** 22);
    const strchr = libc.func("char *strchr(const char *text, int character)");
    expect((await strchr(endless, 120)).text).to.equal(null);
    await endless.free();
    expect(await told(() => scope.read(16n, 4))).to.match(/^MEMORY_UNREADABLE.*0x10/);
    expect(await told(() => scope.text(2n ** 63n))).to.match(/^MEMORY_UNREADABLE/);
    expect(await told(() => scope.read(5 as never, 4))).to.match(/^ARGUMENT_VALUE: 5 is no addr/);
    expect(await told(() => scope.text(1n, "int"))).to.match(/Give char, wchar_t/);
    await buffer.free();
  });
});

describe("exported data", () => {
  let scope: ScopeType;
  let lib: Library;

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open({ timeout: 20_000, env: { FFISCOPE_TEXT: "here" } });
    lib = await libraryIn(scope, "types");
  });

  after(async () => {
    await scope?.close();
    await expectNothingLeft();
  });

  it("is read by its type, and written", async () => {
    const counter = lib.data("counter", "int");
    expect(await counter.value()).to.equal(41);
    await counter.write(9);
    expect((await lib.func("int next_counter(void)")()).result).to.equal(10);
    expect(await counter.value()).to.equal(10);
    expect(await lib.data("wide", "unsigned long long").value()).to.equal(2n ** 53n + 1n);
    expect(await lib.data("ratio", "double").value()).to.equal(0.5);
    expect(await lib.data("grid", "int[3]").value()).to.deep.equal([1, 2, 3]);
    const address = await counter.address();
    expect((await scope.read(address, 4)).readInt32LE()).to.equal(10);
  });

  it("is given text that lasts", async () => {
    const greeting = lib.data("greeting", "const char *");
    expect(await scope.text(await greeting.value())).to.equal("hello");
    await greeting.write("good day");
    expect((await lib.func("const char *greet(void)")()).text).to.equal("good day");
  });

  it("is the library's own, and libc's the one in use", async () => {
    const libc = await scope.load("libc.so.6");
    const environ = libc.data("environ", "char **");
    const list = (await environ.value())!;
    expect(await scope.text((await scope.read(list, 8)).readBigUInt64LE())).to.include("=");
    await environ.write(["FFISCOPE_TEXT=there", null]);
    const getenv = libc.func("char *getenv(const char *name)");
    expect((await getenv("FFISCOPE_TEXT")).text).to.equal("there");
  });

  it("is that of the library that is loaded anew, after a crash", async () => {
    const counter = lib.data("counter", "int");
    await counter.write(5);
    const libc = await scope.load("libc.so.6");
    expect(await told(() => libc.func("void abort(void)")())).to.match(/^CALL_CRASHED/);
    expect(await counter.value()).to.equal(41);
    expect((await lib.func("int next_counter(void)")()).result).to.equal(42);
  });

  it("is refused where there is none, and of a pool", async () => {
    expect(await told(() => lib.data("nowhere", "int").value())).to.match(/^SYMBOL_NOT_FOUND/);
    expect(await told(() => lib.data("counter", "int").write("5"))).to.match(/^ARGUMENT_VALUE/);
    expect(() => lib.data("grid", "int[]")).to.throw(/no length/);
    await using pool = await Pool.open({ hosts: 1 });
    const pooled = await pool.load("libc.so.6");
    expect(() => pooled.data("environ", "char **")).to.throw(/pool\.run/);
  });
});

describe("out(n)", () => {
  it("is n elements, and bytes where there is no type", async function () {
    needsCompiler(this);
    await using scope = await Scope.open();
    const lib = await libraryIn(scope, "types");
    const copy = lib.func("void copy_int(int *to, const int *from, size_t count)");
    const { buffers } = await copy(out(3), [1, 2, 3], 3);
    expect(buffers[0]!.size).to.equal(12);
    const libc = await scope.load("libc.so.6");
    const memcpy = libc.func("void *memcpy(void *to, const void *from, size_t n)");
    const bytes = await memcpy(out(3), [1, 2, 255], 3);
    expect([...bytes.buffers[0]!.content!]).to.deep.equal([1, 2, 255]);
    expect(await told(() => copy(out(-1), [1], 1))).to.match(/-1 is no length for to \(int \*\)/);
    expect(await told(() => memcpy(out(1), [300], 1))).to.match(/^ARGUMENT_RANGE.*wider elements/);
    expect(await told(() => copy(as("int *", [1]) as never, [1], 1))).to.match(/^resolved/);
  });
});
