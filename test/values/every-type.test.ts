import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { as, type CallArgument, type ForeignFunction, type Library, Scope } from "ffiscope";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { DECLARED, everyTypeSource, REFUSED, ROWS } from "./every-type.js";

describe("each type of C, as C has it", () => {
  let folder: string;
  let scope: Scope;
  let lib: Library;

  before(async function () {
    needsCompiler(this);
    folder = mkdtempSync(join(tmpdir(), "ffiscope-types-"));
    const source = join(folder, "types.c");
    writeFileSync(source, everyTypeSource());
    const library = join(folder, "libtypes.so");
    execFileSync("gcc", ["-w", "-Wno-psabi", "-O1", "-shared", "-fPIC", "-o", library, source]);
    scope = await Scope.open({ timeout: 20_000 });
    const members = ROWS.map(
      ({ name, type }) => `typedef struct { char before; ${type} value; char after; } in_${name};`,
    );
    scope.declare([DECLARED, ...members].join("\n"));
    lib = await scope.load(library);
  });

  after(async () => {
    await scope?.close();
    rmSync(folder, { recursive: true });
    await expectNothingLeft();
  });

  const result = async (prototype: string, ...values: readonly unknown[]) =>
    (await (lib.func(prototype) as ForeignFunction)(...(values as CallArgument[]))).result;

  for (const { name, type, values } of ROWS) {
    it(`${type}: argument, result, member, element, behind ...`, async () => {
      for (const [i, [value]] of values.entries()) {
        expect(await result(`int is_${name}(int i, ${type} value)`, i, value), "argument").to.equal(
          1,
        );
        const six = Array(6).fill(`${type}`).join(", ");
        const last = `int is_last_${name}(int i, double a, long b, ${six})`;
        const all = Array(6).fill(value);
        expect(await result(last, i, 0.5, -9, ...all), "on the stack").to.equal(1);
        const returned = await result(`${type} nth_${name}(int i)`, i);
        expect(exact(returned, type), "result").to.deep.equal(value);
        const member = { before: 1, value, after: 2 };
        expect(await result(`int in_is_${name}(int i, in_${name} all)`, i, member)).to.equal(1);
        expect(await result(`in_${name} with_${name}(int i)`, i), "member").to.deep.equal(member);
      }
      const list = await scope.alloc(
        `${type}[${values.length}]`,
        values.map(([js]) => js) as never,
      );
      expect(await result(`int all_${name}(const ${type} *list)`, list), "element").to.equal(1);
      const given = values.map(([js]) => js);
      expect(await result(`int all_${name}(const ${type} *list)`, given)).to.equal(1);
      const filled = await scope.alloc(`${type}[${values.length}]`);
      await result(`void fill_${name}(${type} *list)`, filled);
      expect(await filled.value()).to.deep.equal(given);
      const doubles = Array(9).fill(as("double", 1));
      for (const count of [0, 9]) {
        const more = [...doubles.slice(0, count), as(type, values[0]![0])];
        expect(await result(`int last_of_${name}(int n, ...)`, count, ...more), "...").to.equal(1);
      }
    });
  }

  for (const type of REFUSED) {
    it(`${type}: refused by name`, () => {
      scope.declare(`struct of${type} { int a; ${type} v[2]; };`);
      for (const prototype of [
        `int f(${type} v)`,
        `${type} f(void)`,
        `int f(struct of${type} v)`,
        `struct of${type} f(void)`,
      ]) {
        expect(() => lib.func(prototype)).to.throw(new RegExp(`'(?:struct of)?${type}'.*by value`));
      }
    });
  }

  it("vectors, va_list, unknown structs and void are refused by name", () => {
    scope.declare(
      "typedef float vector4 __attribute__((vector_size(16))); struct known { vector4 v; };",
    );
    for (const [prototype, line] of [
      ["int f(vector4 v)", /vector_size\(16\)|vector4/],
      ["int f(struct known v)", /'struct known'.*by value/],
      ["int f(va_list v)", /'va_list'/],
      ["int f(struct unknown v)", /'struct unknown'.*members are not known/],
      ["int f(int a, void v)", /void/],
    ] as const) {
      expect(() => lib.func(prototype)).to.throw(line);
    }
  });
});

/** An integer of 64 bits past 2^53 is a decimal string as a result. */
function exact(result: unknown, type: string): unknown {
  return typeof result === "string" && !type.includes("double") ? BigInt(result) : result;
}
