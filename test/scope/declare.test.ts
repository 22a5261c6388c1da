import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Pool, Scope } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { rejection } from "./support.js";

const HEADER = `# 1 "declared.h"
typedef int row[3];
enum level { LOW = 1, HIGH = 5 };
int sum(const int *of, unsigned count) __asm__("sum_of_all");
int lib_level(int at);
#define level_of lib_level
extern row table;
struct point { int x, y; };
struct point make(int x, int y);
long dot(const struct point *a, struct point b);
static int within(int a) { return a; }
int broken(unknown_t a);
`;

describe("declared names", () => {
  let folder: string;
  let library: string;
  let header: string;

  before(function () {
    needsCompiler(this);
    folder = mkdtempSync(join(tmpdir(), "ffiscope-declare-"));
    library = compileFixture("test/fixtures/scope/declared.c", ["-shared", "-fPIC", "-O1"]);
    header = join(folder, "declared.i");
    writeFileSync(header, HEADER);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => expectNothingLeft());

  it("are called, read and allocated without a prototype or a type", async () => {
    await using scope = await Scope.open();
    const { functions, data, types, skipped } = scope.declare(HEADER);
    expect({ functions, data, types }).to.deep.equal({
      functions: ["sum", "lib_level", "make", "dot", "broken"],
      data: ["table"],
      types: ["row"],
    });
    expect(skipped.map(({ name, place }) => [name, place])).to.deep.equal([
      ["within", "declared.h:10"],
      ["broken", "declared.h:11"],
    ]);

    const lib = await scope.load(library);
    const sum = lib.func("sum");
    expect(sum.name).to.equal("sum");
    expect((await sum([1, 2, 3], 3)).result).to.equal(6);
    expect((await lib.func("level_of")(5)).result).to.equal(6);
    const rows = await scope.alloc("row[2]", [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(rows.size).to.equal(24);
    expect((await sum(rows, 6)).result).to.equal(21);

    const made = await lib.func("make")(2, 3);
    expect(made.result).to.deep.equal({ x: 2, y: 3 });
    const typed = await lib.func("struct point make(int, int)")(2, 3);
    expect(typed.result).to.deep.equal(made.result);
    const point = await scope.alloc("struct point", { x: 5, y: 7 });
    expect((await lib.func("dot")(point, { x: 2, y: 3 })).result).to.equal(31);

    const table = lib.data("table");
    expect(await table.value()).to.deep.equal([1, 2, 3]);
    await table.write([7, 8, 9]);
    expect((await sum(await table.address(), 3)).result).to.equal(24);
  });

  it("are told of where they cannot be used", async () => {
    await using scope = await Scope.open({ declare: [HEADER, "typedef row other;"] });
    const lib = await scope.load(library);
    const why = (name: string) => rejection(Promise.resolve().then(() => lib.func(name)));
    expect(await why("summ")).to.include({ code: "NOT_DECLARED" });
    expect((await why("summ")).message).to.match(/Did you mean sum\?/);
    expect((await why("broken")).message).to.match(/'unknown_t' at declared\.h:11/);
    expect((await why("within")).message).to.match(/static at declared\.h:10/);
    expect((await why("table")).message).to.match(/data at declared\.h:6/);
    expect(() => lib.data("sum")).to.throw(/a function at declared\.h:3/);
    expect(() => scope.declare("#include <zlib.h>")).to.throw(/cc -E/);
    expect(() => scope.declare("int (")).to.throw(/never closed/);
    expect((await lib.func("int lib_level(int x)")(1)).result).to.equal(2);
    expect((await scope.alloc("other")).size).to.equal(12);

    await using sharing = await Scope.open({ declare: scope.declarations });
    expect((await sharing.alloc("other")).size).to.equal(12);
  });

  it("come from headers, and are those of all hosts of a pool", async () => {
    await using pool = await Pool.open({ hosts: 2, header });
    const lib = await pool.load(library);
    pool.declare('int again(const int *, unsigned) __asm__("sum_of_all");');
    const calls = await Promise.all(["sum", "again"].map((name) => lib.func(name)([1, 2], 2)));
    expect(calls.map(({ result }) => result)).to.deep.equal([3, 3]);
    const size = await pool.run(async (scope) => (await scope.alloc("row")).size);
    expect(size).to.equal(12);
  });

  it("are refused with the options that bring them, where those are wrong", async () => {
    const refused = async (options: object) => rejection(Scope.open(options));
    expect(await refused({ header: join(folder, "none.h") })).to.include({
      code: "HEADER_UNREADABLE",
    });
    expect(await refused({ header: folder })).to.include({ code: "HEADER_UNREADABLE" });
    expect(await refused({ header: 5 })).to.include({ code: "INVALID_OPTION" });
    expect(await refused({ declare: [5] })).to.include({ code: "INVALID_OPTION" });
    expect(await refused({ declare: "" })).to.include({ code: "DECLARATION_EMPTY" });
  });
});
