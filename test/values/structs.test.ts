import { expect } from "chai";
import { as, type CallArgument, type ForeignFunction, type Library, out, Scope } from "ffiscope";
import { parseArguments } from "../../dist/cli/arguments/index.js";
import { Declarations } from "../../dist/prototype/index.js";
import { ffiscope, traceJson } from "../cli/ffiscope.js";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { DECLARED } from "./structs-declared.js";
import { libraryIn, told } from "./support.js";

type Row = readonly [name: string, values: readonly unknown[], result: unknown];

const POINT = { x: 1, y: 2.5 };

const RETURNED: readonly Row[] = [
  ["addp", [POINT, { x: 2, y: 0.25 }], { x: 3, y: 2.75 }],
  ["addp", [POINT, {}], POINT],
  ["addp", [POINT, Buffer.from("0500000000000000000000000000e03f", "hex")], { x: 6, y: 3 }],
  ["bt", [{ a: 3, b: -16, c: true, d: 2 ** 40 - 2 }], { a: 4, b: 15, c: false, d: 2 ** 40 - 1 }],
  ["pkf", [{ c: 1, d: 2.5, s: -3 }], { c: 2, d: 5, s: -3 }],
  ["hold", [{ text: "abc", at: { x: 4 }, list: ["a", "bc"] }], 342],
  ["col", ["RED"], 5],
  ["col", [77], 77],
  [
    "matrix",
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    61,
  ],
  ["matrix", [[1, 2, 3, 4, 5, 6]], 61],
  ["matrix", [new Int32Array([1, 2, 3, 4, 5, 6])], 61],
  ["total", [[{ x: 1 }, { x: 2 }], 2], 3],
  ["total", [{ x: 5 }, 1], 5],
  ["flexsum", [{ n: 3, data: [1, 2, 3] }], 6],
  ["flexsum", [{ n: 2, data: "a" }], 97],
  ["words", [["a", "b", null]], 2],
];

const REFUSED: readonly (readonly [name: string, values: readonly unknown[], line: RegExp])[] = [
  ["addp", [POINT, { z: 1 }], /b \(struct point\) has no field 'z'\. It has x, y/],
  ["addp", [POINT, { x: 1.5 }], /1\.5 is no whole number, which field x of b/],
  ["addp", [POINT, [1, 2]], /an array is no value for b \(struct point\), a struct/],
  ["addp", [POINT, null], /null is no value .* Give an object of its fields/],
  ["addp", [POINT, new Map([["x", 1]])], /\(Map\) is no value/],
  ["addp", [POINT, Buffer.alloc(15)], /15 bytes are given for b \(struct point\), which has 16/],
  ["addp", [POINT, "text"], /'text' is no value/],
  [
    "bt",
    [{ a: 8 }],
    /^ARGUMENT_RANGE: 8 .* field a of b \(struct bits\), which has 3 bits: .* 0 to 7/,
  ],
  ["bt", [{ b: 16 }], /5 bits: it holds -16 to 15/],
  ["bt", [{ c: 2 }], /Give true or false/],
  ["nst", [{ u: { f: 1, i: 2 } }, 0], /'f' and 'i' of field u of n .* share their memory/],
  ["nst", [{ name: "much too long a name" }, 0], /elements are too many for field name of n/],
  ["nst", [{ col: "GREN" }, 0], /has no name 'GREN'\. Did you mean GREEN\?/],
  ["nst", [{ list: [1, 2, 3, 4] }, 0], /4 elements are too many for field list/],
  ["col", ["blue"], /It has RED, GREEN, BLUE; or give a number/],
  ["col", [2 ** 40], /^ARGUMENT_RANGE/],
  ["matrix", [[[1, 2, 3, 4]]], /4 elements are too many for element 0 of m/],
  ["hold", [{ list: 5 }], /5 is no value for field list of h .* a pointer/],
  ["total", ["text", 1], /is text, which ps/],
];

describe("structs, unions, enums and arrays", () => {
  let scope: Scope;
  let lib: Library;

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open({ timeout: 20_000, declare: DECLARED });
    lib = await libraryIn(scope, "structs");
  });

  after(async () => {
    await scope?.close();
    await expectNothingLeft();
  });

  const call = (name: string, ...values: readonly unknown[]) =>
    (lib.func(name) as ForeignFunction)(...(values as CallArgument[]));

  it("are passed and returned", async () => {
    for (const [name, values, result] of RETURNED) {
      const made = await call(name, ...values);
      expect(made.result, name).to.deep.equal(result);
      expect(made.findings, name).to.deep.equal([]);
    }
  });

  it("are refused where they do not fit, in one line that names the field", async () => {
    for (const [name, values, line] of REFUSED) {
      const found = await told(() => call(name, ...values));
      expect(found)
        .to.match(/^ARGUMENT_/)
        .and.to.match(line)
        .and.not.include("\n");
    }
  });

  it("what one call returns is a value for the next, a union's too", async () => {
    const given = { p: POINT, name: "bob", col: "GREEN", u: { f: 1 }, list: [7, 8, 9] };
    const first = (await call("nst", given, 4)).result as Record<string, unknown>;
    expect(first).to.deep.include({ p: { x: 5, y: 2.5 }, col: 6, list: [7, 4, 9] });
    expect(first.u).to.deep.include({ i: 0x3f800001, c: [1, 0, -128, 63, 0, 0, 0, 0] });
    const second = (await call("nst", first, 5)).result as Record<string, unknown>;
    expect(second).to.deep.include({ p: { x: 10, y: 2.5 }, name: first.name });
    expect(second.u).to.include({ i: 0x3f800002 });
  });

  it("lie in memory of the scope, and are read from it", async () => {
    const point = await scope.alloc("struct point");
    await call("fill", point);
    expect(await point.value()).to.deep.equal({ x: 9, y: 4.5 });
    const made = await call("fill", out(1));
    expect(made.buffers[0]).to.include({ name: "p", size: 16 });
    const list = await scope.alloc("struct point[2]", [POINT, { y: 1 }] as never);
    expect(await list.value()).to.deep.equal([POINT, { x: 0, y: 1 }]);
    const flexible = await scope.alloc("struct flex", { n: 3, data: "hi" } as never);
    expect(flexible.size).to.equal(7);
    expect(await flexible.value()).to.deep.equal({ n: 3, data: [104, 105, 0] });
    expect((await call("flexsum", flexible)).result).to.equal(209);
  });

  it("are copied from memory of the scope, and refused where that is too short", async () => {
    const list = await scope.alloc("struct point[2]", [POINT, { x: 7, y: 8 }] as never);
    expect((await call("addp", list, list.at(16))).result).to.deep.equal({ x: 8, y: 10.5 });
    expect(await told(() => call("addp", POINT, list.at(24)))).to.match(/^BUFFER_RANGE/);
    await list.free();
    expect(await told(() => call("addp", POINT, list))).to.match(/^BUFFER_FREED/);
  });

  it("that hold themselves are refused", async () => {
    scope.declare("struct ring { struct ring *next; int (*call)(void); };");
    const ring: Record<string, unknown> = {};
    ring.next = ring;
    const walk = "int walk(struct ring *r)";
    expect(await told(() => call(walk, ring))).to.match(/^ARGUMENT_VALUE: .*nested too deeply/);
    expect(await told(() => call(walk, { call: "cmp:i32" }))).to.match(/Give null, or an address/);
  });

  it("what their pointers lead to is traced, and too short a list is found", async () => {
    const { events } = await call("hold", { text: "abc", at: { x: 4 }, list: ["a", "bc"] });
    const named = new Set([...events].map(({ buffer }) => buffer));
    expect([...named]).to.include.members(["h.text", "h.at", "h.list"]);
    expect((await call("words", ["a", "b"])).findings).to.have.length(1);
    expect((await call("total", { x: 5 }, 2)).findings[0]!.message).to.match(/past the end of ps/);
    expect((await call("flexsum", { n: 3, data: [1, 2] })).findings).to.have.length(1);
  });

  it("stand behind ... where as() says their type", async () => {
    const call = lib.func("int sum_points(int count, ...)") as ForeignFunction;
    const points = [1, 2, 3].map((x) => as("struct point", { x, y: 0.5 }));
    expect((await call(3, ...points)).result).to.equal(6);
  });

  it("are given to the command as JSON, and printed so", async () => {
    const library = compileFixture("test/fixtures/values/structs.c", ["-shared", "-fPIC", "-O1"]);
    const words = ["--declare", DECLARED, library];
    const { report } = await traceJson(...words, "addp", '{"x":1,"y":2.5}', "{.x = 2}");
    expect(report.result).to.deep.equal({ x: 3, y: 2.5 });
    const { code, stdout } = await ffiscope("trace", ...words, "bt", '{"a":3,"d":1}');
    expect(code).to.equal(0);
    expect(stdout).to.include("= {a = 4, b = -1, c = true, d = 2}");
    const shown = await ffiscope(
      "trace",
      ...words,
      "hold",
      '{"text":"abc","at":{"x":4},"list":["a","bc"]}',
    );
    expect(shown.stdout).to.match(
      /^hold\(h = \{text = "abc", at = 16 bytes, list = 16 bytes\}\) = 342/,
    );
  });

  it("are read by the command as a program gives them, or refused", () => {
    const declarations = new Declarations();
    declarations.declare(DECLARED);
    const read = (name: string, ...texts: string[]) =>
      parseArguments(declarations.signature(name), texts, () => new Uint8Array()).map(
        ({ value }) => value,
      );
    expect(read("col", "GREEN")).to.deep.equal([{ kind: "int", value: 5n }]);
    expect(read("col", '"GREEN"')).to.deep.equal(read("col", "5"));
    expect(read("matrix", "[[1,2,3],[4,5,6]]")).to.deep.equal(read("matrix", "[1,2,3,4,5,6]"));
    expect(read("total", '{"x":5}', "1")).to.deep.equal(read("total", "[{x:5}]", "1"));
    expect(read("matrix", "out:2")[0]).to.include({ bytes: null, size: 24 });
    const refused: readonly (readonly [name: string, texts: readonly string[], line: RegExp])[] = [
      ["addp", ["5", "{}"], /Write its fields, as '\{"x":1,"y":2\.5\}'/],
      ["addp", ['{"x":1', "{}"], /'\{"x":1' is no value/],
      ["addp", ['{"x":1,"x":2}', "{}"], /is no value/],
      ["addp", ['{"q":1}', "{}"], /has no field 'q'/],
      ["bt", ['{"a":8}'], /3 bits/],
      ["col", ["nope"], /or write a number/],
      ["total", ["text", "1"], /'text' is no value for ps .*Write '\{"x":1,"y":2\}'/],
      ["total", ["5", "1"], /is a pointer, and '5' is a plain number/],
      ["hold", ['{"text":5}'], /field text of h/],
    ];
    for (const [name, texts, line] of refused) expect(() => read(name, ...texts)).to.throw(line);
  });
});
