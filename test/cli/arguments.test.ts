import { expect } from "chai";
import { LARGEST_BUFFER_BYTES, parseArguments } from "../../dist/cli/arguments/index.js";
import { UsageError } from "../../dist/model/index.js";
import { parsePrototype } from "../../dist/prototype/index.js";

const FILES: Record<string, string> = { "five.bin": "\x01\x02\x03\xff\x00", empty: "" };

function readFile(path: string): Uint8Array {
  const content = FILES[path];
  if (content === undefined) throw new Error(`ENOENT: no such file or directory, open\n'${path}'`);
  return Uint8Array.from(content, (character) => character.charCodeAt(0));
}

const parse = (prototype: string, ...texts: string[]) =>
  parseArguments(parsePrototype(prototype), texts, readFile);

const valueFor = (type: string, text: string) => parse(`void f(${type})`, text)[0]!.value;

function rejection(prototype: string, ...texts: string[]): UsageError {
  try {
    parse(prototype, ...texts);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error(`${texts.join(" ")} was taken`);
}

const buffer = (bytes: readonly number[], constant = false) => ({
  kind: "buffer",
  bytes: Uint8Array.from(bytes),
  size: bytes.length,
  const: constant,
});
const codes = (text: string) => [...text].map((character) => character.charCodeAt(0));

describe("parseArguments takes a number for", () => {
  const integers: [string, string, bigint][] = [
    ["int", "5", 5n],
    ["int", "-5", -5n],
    ["int", "+5", 5n],
    ["int", "0x7fffffff", 2147483647n],
    ["int", "-0x80000000", -2147483648n],
    ["int", "010", 10n],
    ["unsigned", "4294967295", 4294967295n],
    ["uint8_t", "255", 255n],
    ["int8_t", "-128", -128n],
    ["int64_t", "-9223372036854775808", -9223372036854775808n],
    ["uint64_t", "18446744073709551615", 18446744073709551615n],
    ["size_t", "9007199254740993", 9007199254740993n],
    ["char", "'a'", 97n],
    ["char", "'\\n'", 10n],
    ["char", "'\\''", 39n],
    ["char", "'\\x7f'", 127n],
    ["char", "-1", -1n],
    ["int", "'0'", 48n],
    ["wchar_t", "'é'", 233n],
    ["bool", "true", 1n],
    ["bool", "false", 0n],
    ["_Bool", "1", 1n],
    ["enum color", "2", 2n],
  ];
  for (const [type, text, value] of integers) {
    it(`${type}: ${text}`, () =>
      expect(valueFor(type, text)).to.deep.equal({ kind: "int", value }));
  }

  const floats: [string, string, number][] = [
    ["double", "-0.25", -0.25],
    ["double", "5", 5],
    ["double", ".5", 0.5],
    ["double", "5.", 5],
    ["double", "1e5", 1e5],
    ["double", "1E-3", 1e-3],
    ["double", "0x10", 16],
    ["double", "inf", Infinity],
    ["double", "-Infinity", -Infinity],
    ["double", "nan", NaN],
    ["double", "-0", -0],
    ["float", "0.1", Math.fround(0.1)],
  ];
  for (const [type, text, value] of floats) {
    it(`${type}: ${text}`, () =>
      expect(valueFor(type, text)).to.deep.equal({
        kind: "float",
        value,
        bytes: type === "float" ? 4 : 8,
      }));
  }
});

describe("parseArguments makes a buffer of", () => {
  const rows: [string, string, string, object][] = [
    ["bare text and its NUL", "const char *", "hi", buffer([104, 105, 0], true)],
    ["bare text that starts like a number", "char *", "5 apples", buffer(codes("5 apples\0"))],
    ["quoted text and its NUL", "char *", '"5\\n"', buffer([53, 10, 0])],
    ["no text at all", "char *", "", buffer([0])],
    ["quoted text with a NUL inside", "char *", '"a\\u0000b"', buffer([97, 0, 98, 0])],
    ["text in UTF-8", "char *", "é€", buffer([0xc3, 0xa9, 0xe2, 0x82, 0xac, 0])],
    ["text that a bracket starts", "char *", "[draft] x", buffer(codes("[draft] x\0"))],
    ["text of nested brackets", "char *", "[[a]]", buffer(codes("[[a]]\0"))],
    ["text of many brackets", "char *", "[".repeat(200), buffer(codes(`${"[".repeat(200)}\0`))],
    ["text that is infinite elsewhere", "char *", "inf", buffer(codes("inf\0"))],
    ["the word cmp:i32 where no function goes", "char *", "cmp:i32", buffer(codes("cmp:i32\0"))],
    ["text without NUL for uint8_t *", "const uint8_t *", "hello", buffer(codes("hello"), true)],
    ["text without NUL for signed char *", "signed char *", "a", buffer([97])],
    ["text without NUL for void *", "void *", '"5"', buffer([53])],
    ["numbers for char *, without NUL", "char *", "[104, -1, 255]", buffer([104, 255, 255])],
    ["characters", "char *", "['a', ',', '\\n', '\\'']", buffer([97, 44, 10, 39])],
    ["numbers for uint8_t *", "uint8_t *", "[0,255,0x10]", buffer([0, 255, 16])],
    ["numbers for void *, as bytes", "const void *", "[1,2,255]", buffer([1, 2, 255], true)],
    ["numbers for an opaque pointer, as bytes", "FILE *", "[1,2]", buffer([1, 2])],
    ["ints", "int *", "[1,-2]", buffer([1, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff])],
    ["shorts", "uint16_t *", "[ 1 , 65535 ] ", buffer([1, 0, 0xff, 0xff])],
    ["an array of no elements", "int *", "[]", buffer([])],
    [
      "64-bit numbers, exactly",
      "uint64_t *",
      "[9007199254740993,18446744073709551615]",
      buffer([1, 0, 0, 0, 0, 0, 0x20, 0, 255, 255, 255, 255, 255, 255, 255, 255]),
    ],
    ["floats", "float *", "[1.5,-inf]", buffer([0, 0, 0xc0, 0x3f, 0, 0, 0x80, 0xff])],
    ["doubles", "double *", "[1e0]", buffer([0, 0, 0, 0, 0, 0, 0xf0, 0x3f])],
    ["truth values", "bool *", "[true,false,1]", buffer([1, 0, 1])],
    ["null pointers", "char **", "[null,null]", buffer(new Array(16).fill(0))],
    ["a file's bytes", "const uint8_t *", "@five.bin", buffer([1, 2, 3, 255, 0], true)],
    ["a file's bytes for int *", "int *", "@five.bin", buffer([1, 2, 3, 255, 0])],
    ["a file's bytes for char *", "char *", "@five.bin", buffer([1, 2, 3, 255, 0])],
    ["an empty file for char *", "const char *", "@empty", buffer([], true)],
    ["a file's bytes and a NUL", "char *", "cstr@five.bin", buffer([1, 2, 3, 255, 0, 0])],
    ["a NUL for an empty file", "const char *", "cstr@empty", buffer([0], true)],
    [
      "a file's bytes and a NUL, for bytes",
      "uint8_t *",
      "cstr@five.bin",
      buffer([1, 2, 3, 255, 0, 0]),
    ],
    ["a file's bytes and a NUL, for void *", "void *", "cstr@empty", buffer([0])],
    [
      "text that is quoted to be no string in a file",
      "void *",
      '"cstr@x"',
      buffer([...Buffer.from("cstr@x")]),
    ],
    ["an empty file", "void *", "@empty", buffer([])],
    ["text that is quoted to be no file", "char *", '"@x"', buffer([64, 120, 0])],
  ];
  for (const [title, type, text, value] of rows) {
    it(title, () => expect(valueFor(type, text)).to.deep.equal(value));
  }

  const uninitialised: [string, string, number, boolean][] = [
    ["char *", "out:4", 4, false],
    ["int *", "out:4", 16, false],
    ["double *", "out:0x10", 128, false],
    ["void *", "out:7", 7, false],
    ["struct foo *", "out:112", 112, false],
    ["char **", "out:1", 8, false],
    ["const int *", "out:1", 4, true],
    ["int *", "out:0", 0, false],
    ["char *", `out:${LARGEST_BUFFER_BYTES}`, LARGEST_BUFFER_BYTES, false],
  ];
  for (const [type, text, size, constant] of uninitialised) {
    it(`${text} for ${type}: ${size} uninitialised bytes`, () => {
      const value = { kind: "buffer", bytes: null, size, const: constant };
      expect(valueFor(type, text)).to.deep.equal(value);
    });
  }
});

describe("parseArguments", () => {
  it("takes null for every pointer", () => {
    for (const type of ["char *", "void *", "int **", "FILE *", "int (*cmp)(int)"]) {
      expect(valueFor(type, "null")).to.deep.equal({ kind: "null" });
    }
  });

  it("takes the word null as text when it is quoted", () => {
    expect(valueFor("char *", '"null"')).to.deep.equal(buffer(codes("null\0")));
  });

  it("takes the built-in comparators for function pointers", () => {
    const type = "int (*cmp)(const void *, const void *)";
    for (const comparator of ["i32", "u8", "f64", "str"]) {
      const value = { kind: "comparator", comparator };
      expect(valueFor(type, `cmp:${comparator}`)).to.deep.equal(value);
    }
  });

  it("names each argument after its parameter", () => {
    const found = parse("ulong crc32(ulong, const uint8_t *buf, uint len)", "0", "hello", "5");
    expect(found.map(({ name, index }) => [name, index])).to.deep.equal([
      ["arg0", 0],
      ["buf", 1],
      ["len", 2],
    ]);
  });

  it("takes no argument for a function without parameters", () => {
    expect(parse("int f(void)")).to.deep.equal([]);
  });

  it("reads what ... takes by what it looks like", () => {
    const texts = [
      "%d",
      "5",
      "-5",
      "99999999999",
      "18446744073709551615",
      "1.5",
      "1e3",
      "word",
      '"5"',
      "null",
      "out:8",
      "@five.bin",
      "cstr@five.bin",
      "[x]",
    ];
    const found = parse("int log_all(const char *first, ...)", ...texts);
    expect(found.map(({ name }) => name)).to.deep.equal([
      "first",
      ...texts.slice(1).map((_, index) => `arg${index + 1}`),
    ]);
    expect(found.slice(1).map(({ value }) => value)).to.deep.equal([
      { kind: "int", value: 5n },
      { kind: "int", value: -5n },
      { kind: "int", value: 99999999999n },
      { kind: "int", value: 18446744073709551615n },
      { kind: "float", value: 1.5, bytes: 8 },
      { kind: "float", value: 1000, bytes: 8 },
      buffer(codes("word\0"), true),
      buffer(codes("5\0"), true),
      { kind: "null" },
      { kind: "buffer", bytes: null, size: 8, const: false },
      buffer([1, 2, 3, 255, 0], true),
      buffer([1, 2, 3, 255, 0, 0], true),
      buffer(codes("[x]\0"), true),
    ]);
  });
});

describe("parseArguments refuses", () => {
  const rows: [string, string, string, RegExp][] = [
    ["int n", "", "ARGUMENT_VALUE", /'' is no integer, which n \(int\) takes/],
    ["int n", "five", "ARGUMENT_VALUE", /'five' is no integer/],
    ["int n", "2.5", "ARGUMENT_VALUE", /'2.5' is no whole number/],
    ["int n", "1e3", "ARGUMENT_VALUE", /'1e3' is no whole number/],
    ["int n", "null", "ARGUMENT_VALUE", /Write 0/],
    ["int n", "'ab'", "ARGUMENT_VALUE", /no integer/],
    ["int n", "[5]", "ARGUMENT_VALUE", /'\[5\]' is no integer/],
    [
      "int n",
      "2147483648",
      "ARGUMENT_RANGE",
      /-2147483648 to 2147483647\. Write -2147483648 for the same bits/,
    ],
    ["int n", "99999999999", "ARGUMENT_RANGE", /wider type/],
    ["size_t n", "-1", "ARGUMENT_RANGE", /Write 18446744073709551615 for the same bits/],
    ["uint8_t n", "256", "ARGUMENT_RANGE", /0 to 255/],
    ["char c", "200", "ARGUMENT_RANGE", /Write -56 for the same bits/],
    ["bool b", "2", "ARGUMENT_VALUE", /Write true or false/],
    ["double x", "1,5", "ARGUMENT_VALUE", /'1,5' is no number/],
    ["double x", "1e400", "ARGUMENT_RANGE", /would be infinite\. Write inf/],
    ["float x", "1e39", "ARGUMENT_RANGE", /would be infinite/],
    ["char *s", "123", "ARGUMENT_VALUE", /'123' is a plain number\. Write '"123"' for text/],
    ["char *s", "-0.5", "ARGUMENT_VALUE", /Write '"-0.5"' for text/],
    ["int *a", "5", "ARGUMENT_VALUE", /Write '\[5\]' for an array, out:N/],
    ["double *a", "2.5", "ARGUMENT_VALUE", /Write '\[2.5\]'/],
    ["void *p", "0", "ARGUMENT_VALUE", /Write '\[0\]' for bytes, '"0"' for text, out:N .* or null/],
    ["FILE *f", "0x1000", "ARGUMENT_VALUE", /plain number/],
    ["struct foo *p", "ab", "ARGUMENT_VALUE", /'ab' is text.*Write '\[1,2,3\]' for bytes/],
    ["uint8_t *p", "7", "ARGUMENT_VALUE", /'\[7\]' for an array, '"7"' for text/],
    ["char **p", "5", "ARGUMENT_VALUE", /out:N for N uninitialised pointers/],
    ["char **p", "[5]", "ARGUMENT_VALUE", /element 0 of p \(char \*\*\)/],
    ["char **p", "hello", "ARGUMENT_VALUE", /'hello' is text, which p \(char \*\*\) does not take/],
    ["char **p", "@five.bin", "ARGUMENT_VALUE", /points to pointers/],
    ["int *a", "hello", "ARGUMENT_VALUE", /'hello' is text.*Write '\[1,2,3\]'/],
    ["double *a", '"x"', "ARGUMENT_VALUE", /is text/],
    ["int *a", "[1,2", "ARGUMENT_VALUE", /'\[1,2' is no array/],
    ["int *a", "[1,]", "ARGUMENT_VALUE", /no array/],
    ["int *a", "[1 2]", "ARGUMENT_VALUE", /no array/],
    ["int *a", "[1]2", "ARGUMENT_VALUE", /no array/],
    [
      "int *a",
      "[[1],[2]]",
      "ARGUMENT_VALUE",
      /element 0 of a \(int \*\) is an array: arrays are flat/,
    ],
    ["char *s", "[[1],[2]]", "ARGUMENT_VALUE", /arrays are flat/],
    ["int *a", "[1,2.5]", "ARGUMENT_VALUE", /'2.5' is no whole number, which element 1 of a/],
    ["int *a", "[1,null]", "ARGUMENT_VALUE", /'null'/],
    ["uint8_t *a", "[1,300]", "ARGUMENT_RANGE", /'300' is out of range for element 1 of a/],
    ["void *a", "[70000]", "ARGUMENT_RANGE", /For wider elements/],
    ["int64_t *a", "[9223372036854775808]", "ARGUMENT_RANGE", /-9223372036854775808/],
    ["char *s", '"open', "ARGUMENT_VALUE", /no JSON text/],
    ["char *s", '"a"b', "ARGUMENT_VALUE", /no JSON text/],
    ["char *s", '"\\ud800"', "ARGUMENT_VALUE", /surrogate/],
    ["char *s", "out:", "ARGUMENT_VALUE", /has no length/],
    ["char *s", "out:ten", "ARGUMENT_VALUE", /has no length/],
    ["char *s", "out:-1", "ARGUMENT_VALUE", /has no length/],
    ["int *a", `out:${LARGEST_BUFFER_BYTES}`, "ARGUMENT_RANGE", /Give at most 1073741824 bytes/],
    ["char *s", "@", "ARGUMENT_VALUE", /names no file/],
    ["char *s", "cstr@", "ARGUMENT_VALUE", /names no file/],
    [
      "char *s",
      "cstr@nowhere",
      "ARGUMENT_FILE",
      /'nowhere' for s \(char \*\) cannot be read: ENOENT/,
    ],
    ["int *a", "cstr@five.bin", "ARGUMENT_VALUE", /a \(int \*\) points to no text.*Write @FILE/],
    ["char **p", "cstr@five.bin", "ARGUMENT_VALUE", /points to no text.*Write null/],
    ["char *s", "@nowhere", "ARGUMENT_FILE", /'nowhere' for s \(char \*\) cannot be read: ENOENT/],
    ["int (*cmp)(int)", "i32", "ARGUMENT_VALUE", /Write cmp:i32, cmp:u8, cmp:f64, cmp:str or null/],
    ["int (*cmp)(int)", "cmp:i64", "ARGUMENT_VALUE", /'cmp:i64'/],
    ["int (*cmp)(int)", "0", "ARGUMENT_VALUE", /or null/],
  ];
  for (const [parameter, text, code, message] of rows) {
    it(`${text || "nothing"} for ${parameter}`, () => {
      const error = rejection(`void f(${parameter})`, text);
      expect(error.code).to.equal(code);
      expect(error.message).to.match(message).and.not.include("\n");
      expect(error.remedy).to.be.a("string").and.not.be.empty;
    });
  }

  const counts: [string, string[], RegExp][] = [
    ["int f(int a, int b)", ["1"], /f takes 2 arguments \(a, b\) and got 1\. Give a value for b/],
    ["int f(int a)", [], /takes 1 argument \(a\) and got 0/],
    ["int f(int a)", ["1", "2"], /got 2\. Leave out '2'/],
    ["int f(void)", ["1"], /takes no arguments and got 1/],
    ["int printf(const char *format, ...)", [], /at least 1 argument \(format\) and got 0/],
  ];
  for (const [prototype, texts, message] of counts) {
    it(`${texts.length} arguments for ${prototype}`, () => {
      const error = rejection(prototype, ...texts);
      expect(error.code).to.equal("ARGUMENT_COUNT");
      expect(error.message).to.match(message);
    });
  }

  const variadic: [string, RegExp][] = [
    ["[1,2]", /element type of '\[1,2\]' for arg1/],
    ["18446744073709551616", /does not fit 64 bits/],
    ["1e999", /arg1 \(double\)/],
    ["out:", /has no length/],
  ];
  for (const [text, message] of variadic) {
    it(`${text} for ...`, () =>
      expect(rejection("int f(int n, ...)", "0", text).message).to.match(message));
  }

  it("an argument of any length in a short line", () => {
    for (const type of ["int", "char *", "int *", "double *"]) {
      expect(rejection(`void f(${type})`, "9".repeat(10_000)).message.length).to.be.below(400);
    }
  });
});
