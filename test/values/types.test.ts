import { expect } from "chai";
import type { Library, Scope as ScopeType } from "ffiscope";
import { ffiscope } from "../cli/ffiscope.js";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { libraryIn, Scope, told } from "./support.js";

type Value = number | bigint | boolean | null;

interface Row {
  /** In the names of the fixture's functions. */
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  /** As they come back from C, and from memory. */
  readonly values: readonly Value[];
  readonly refused: readonly (readonly [value: unknown, message: RegExp])[];
}

const FRACTION = /no whole number/;
const RANGE = /^ARGUMENT_RANGE/;

/** Its edges, and what is past them. */
function integers(name: string, type: string, bytes: number, signed: boolean): Row {
  const bits = BigInt(bytes * 8);
  const least = signed ? -(1n << (bits - 1n)) : 0n;
  const most = least + (1n << bits) - 1n;
  const safe = (value: bigint) => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
  const wide = bytes === 8 ? [2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n] : [];
  const values = [least, most, 0n, 1n, ...wide, ...(signed ? [-1n, ...wide.map((w) => -w)] : [])];
  return {
    ...{ name, type, bytes, values: values.map(safe) },
    refused: [
      [least - 1n, RANGE],
      [most + 1n, RANGE],
      [0.5, FRACTION],
      [Number.NaN, FRACTION],
      ["1", /no integer/],
      [null, /Give 0/],
    ],
  };
}

const FLOATS = [0, -0, 0.5, -2, Infinity, -Infinity, Number.NaN];
const NO_NUMBER = [
  ["1", /no number/],
  [null, /no number/],
  [true, /no number/],
] as const;

const ROWS: readonly Row[] = [
  {
    ...{ name: "bool", type: "_Bool", bytes: 1, values: [true, false] },
    refused: [
      [2, /Give true or false/],
      [-1, /true or false/],
      ["true", /true or false/],
    ],
  },
  integers("char", "char", 1, true),
  integers("schar", "signed char", 1, true),
  integers("uchar", "unsigned char", 1, false),
  integers("short", "short", 2, true),
  integers("ushort", "unsigned short", 2, false),
  integers("int", "int", 4, true),
  integers("uint", "unsigned", 4, false),
  integers("long", "long", 8, true),
  integers("ulong", "unsigned long", 8, false),
  integers("llong", "long long", 8, true),
  integers("ullong", "unsigned long long", 8, false),
  integers("wchar", "wchar_t", 4, true),
  integers("char16", "char16_t", 2, false),
  integers("char32", "char32_t", 4, false),
  {
    ...{ name: "float", type: "float", bytes: 4 },
    values: [...FLOATS, Math.fround(0.1), 3.4028234663852886e38],
    refused: [...NO_NUMBER, [1e39, /would be infinite/]],
  },
  {
    ...{ name: "double", type: "double", bytes: 8 },
    values: [...FLOATS, 0.1, 2 ** 53, Number.MAX_VALUE],
    refused: [...NO_NUMBER, [10n ** 400n, /would be infinite/]],
  },
  {
    ...{ name: "pointer", type: "void *", bytes: 8 },
    values: [null, 1n, 0x7fff_ffff_f000n, 2n ** 64n - 1n],
    refused: [
      [0, /a pointer/],
      [4096, /an address as a BigInt/],
      [true, /a pointer/],
      [2n ** 64n, RANGE],
      ["0x7f3160001000", /is an address as text.*BigInt/],
    ],
  },
];

describe("each type of C", () => {
  let scope: ScopeType;
  let lib: Library;

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open({ timeout: 20_000 });
    lib = await libraryIn(scope, "types");
  });

  after(async () => {
    await scope?.close();
    await expectNothingLeft();
  });

  for (const { name, type, bytes, values, refused } of ROWS) {
    it(`${type}: as an argument and a result`, async () => {
      const same = lib.func(`${type} same_${name}(${type} value)` as string);
      for (const value of values) expect(exact((await same(value)).result)).to.deep.equal(value);
      expect((await lib.func(`size_t size_${name}(void)`)()).result).to.equal(bytes);
    });

    it(`${type}: as an element of an array, given and filled`, async () => {
      const list = `${type}[]`;
      const from = await scope.alloc(list, values as never);
      const to = await scope.alloc(`${type}[${values.length}]`);
      const copy = `void copy_${name}(${type} *to, ${type} const *from, size_t count)`;
      await lib.func(copy as string)(to, from, values.length);
      expect(await to.value()).to.deep.equal(values);
      const made = await lib.func(copy as string)(to, [...values], values.length);
      expect(Buffer.from(made.buffers.find(({ name }) => name === "from")!.content!)).to.deep.equal(
        await to.read(),
      );
      const at = lib.func(
        `${type} behind_${name}(int a, double b, ${type} const *values, int at)` as string,
      );
      const last = values.length - 1;
      expect(exact((await at(1, 2, values, last)).result)).to.deep.equal(values[last]);
      for (const buffer of [from, to]) await buffer.free();
    });

    it(`${type}: behind a pointer, as out(1)`, async () => {
      const store = lib.func(`void store_${name}(${type} value, ${type} *to)` as string);
      const [value] = values;
      const held = await scope.alloc(type, value as never);
      const { buffers } = await store(value, { kind: "out", length: 1 } as never);
      expect(buffers[0]!.size).to.equal(bytes);
      expect(Buffer.from(buffers[0]!.content!)).to.deep.equal(await held.read());
      await held.free();
    });

    it(`${type}: refused, where it does not fit`, async () => {
      const same = lib.func(`${type} same_${name}(${type} value)` as string);
      for (const [value, message] of refused) {
        const line = await told(() => same(value as never));
        expect(line)
          .to.match(/^ARGUMENT_/)
          .and.to.match(message)
          .and.not.include("\n");
      }
    });
  }
});

describe("a typed array", () => {
  before(function () {
    needsCompiler(this);
  });

  it("is taken as memory where its numbers are of the type, or bytes", async () => {
    await using scope = await Scope.open();
    const lib = await libraryIn(scope, "types");
    const taken: readonly (readonly [name: string, type: string, value: ArrayBufferView])[] = [
      ["float", "float", new Float32Array([0.5, 2])],
      ["double", "double", new Float64Array([0.5, 2])],
      ["int", "int", new Int32Array([-1, 2])],
      ["uint", "unsigned", new Int32Array([1, 2])],
      ["ushort", "unsigned short", new Uint16Array([1, 65_535])],
      ["long", "long", new BigInt64Array([-1n, 2n ** 53n + 1n])],
      ["pointer", "void *", new BigUint64Array([1n, 2n])],
      ["wchar", "wchar_t", new Uint32Array([97, 0])],
      ["int", "int", Buffer.from([1, 0, 0, 0, 2, 0, 0, 0])],
      ["uchar", "unsigned char", new Float64Array([2])],
    ];
    for (const [name, type, value] of taken) {
      const copy = lib.func(
        `void copy_${name}(${type} *to, ${type} const *from, size_t n)` as string,
      );
      const call = await copy({ kind: "out", length: 8 } as never, value, 2);
      expect(call.findings, type).to.deep.equal([]);
      const { byteLength } = value;
      const from = Buffer.from(value.buffer, value.byteOffset, byteLength);
      const to = call.buffers.find((buffer) => buffer.name === "to")!.content!;
      const [{ size }] = [await scope.alloc(type)];
      expect(Buffer.from(to).subarray(0, 2 * size)).to.deep.equal(from.subarray(0, 2 * size));
    }
    const matrix = await scope.alloc("int[2][2]", new Int32Array([1, 2, 3, 4]));
    expect(await matrix.value()).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
  });

  it("is refused where they are of another", async () => {
    await using scope = await Scope.open();
    const lib = await libraryIn(scope, "types");
    const refused: readonly (readonly [name: string, type: string, value: ArrayBufferView])[] = [
      ["float", "float", new Float64Array([0.5])],
      ["double", "double", new Float32Array([0.5])],
      ["int", "int", new Float32Array([1])],
      ["long", "long", new Int32Array([1])],
      ["float", "float", new Int32Array([1])],
      ["pointer", "void *", new Int32Array([1])],
      ["wchar", "wchar_t", new Uint16Array([97])],
    ];
    for (const [name, type, value] of refused) {
      const copy = lib.func(
        `void copy_${name}(${type} *to, ${type} const *from, size_t n)` as string,
      );
      const line = await told(() => copy(value, value, 1));
      expect(line).to.match(/^ARGUMENT_VALUE: an object \(\w+Array\) has numbers of another type/);
    }
  });
});

describe("a _Bool that is neither 0 nor 1", () => {
  before(function () {
    needsCompiler(this);
  });

  it("is told as the number that it is, with a warning", async () => {
    await using scope = await Scope.open();
    const lib = await libraryIn(scope, "types");
    const call = await lib.func("_Bool two(void)")();
    expect(call.result).to.equal(2);
    expect(call.warnings).to.have.length(1);
    expect(call.warnings[0]).to.match(/^two returned 2 as a bool, which is 0 or 1/);
    expect(JSON.parse(JSON.stringify(call))).to.deep.include({
      result: 2,
      warnings: call.warnings,
    });
    const well = await lib.func("_Bool same_bool(_Bool value)")(true);
    expect(well.warnings).to.deep.equal([]);
    expect(JSON.parse(JSON.stringify(well))).to.not.have.property("warnings");
    const memory = await scope.alloc("_Bool[3]", Buffer.from([0, 1, 2]));
    expect(await memory.value()).to.deep.equal([false, true, 2]);
  });

  it("is told by the command, too", async () => {
    const flags = ["-shared", "-fPIC", "-O1"];
    const library = compileFixture("test/fixtures/values/types.c", flags);
    const { code, stdout } = await ffiscope("trace", library, "_Bool two(void)");
    expect(code).to.equal(0);
    expect(stdout).to.match(/^two\(\) = 2\n.*\n.*\n! two returned 2 as a bool/);
  });
});

/** A result past 2^53 is a decimal string. */
function exact(result: unknown): unknown {
  return typeof result === "string" ? BigInt(result) : result;
}
