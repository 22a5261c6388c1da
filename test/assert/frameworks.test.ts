import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, use } from "chai";
import { Scope } from "ffiscope";
import { assertOnlyTouches } from "ffiscope/assert";
import ffiscope from "ffiscope/chai";
import { fixtureLibrary } from "../scope/support.js";
import { ROOT } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { skipHere } from "../support/skip.js";

const require = createRequire(import.meta.url);

use(ffiscope);

describe("assertions in frameworks", () => {
  let scope: Scope;
  before(async () => {
    scope = await Scope.open({ timeout: 20_000 });
  });
  after(() => scope?.close());

  it("only.touch allows libc to read whole blocks, and no more than findings do", async () => {
    const libc = await scope.load("libc.so.6");
    const strlen = libc.func("size_t strlen(const char *s)");
    const text = await scope.alloc(Buffer.from("hello\0"), { name: "text" });
    const other = await scope.alloc(8);
    const call = await strlen(text);
    expect(call).to.only.touch(text);
    expect(() => assertOnlyTouches(call, other)).to.throw(/touch only buffer 2, but an access/);
    expect(() => assertOnlyTouches(call)).to.throw(/touch only nothing/);
    const endless = await scope.alloc(Buffer.from("hello"), { name: "endless" });
    const over = await strlen(endless);
    expect(() => assertOnlyTouches(over, endless)).to.throw(/touch only endless, but/);
  });

  it("the words of chai are there for require, in a Node that can do that", function () {
    if (!("require_module" in process.features))
      skipHere(this, "this Node cannot require ES modules");
    expect(require("ffiscope/chai")).to.equal(ffiscope);
  });

  it("a call, what it is made of and what made it are shown in a line", async function () {
    needsCompiler(this);
    const lib = await scope.load(fixtureLibrary());
    const dst = await scope.alloc(4, { name: "dst" });
    const call = await lib.func("void copy(char *dst, const char *src, int n)")(dst, "abcdef", 6);
    const shown = inspect(call);
    expect(shown).to.match(/^TracedCall copy: returned null; 6 reads, 6 writes; \d findings?\n/);
    expect(shown).to.match(
      /\n {2}out-of-bounds-write: writes \d bytes? past the end of dst .* at /,
    );
    expect(inspect([call.events])).to.include("CallEvents (6 reads, 6 writes)");
    for (const one of [scope, lib, dst, call.buffers[0], { call }]) {
      expect(inspect(one, { depth: 9 }).length, inspect(one)).to.be.below(800);
    }
    expect(inspect(scope)).to.match(/^Scope \(open, \d+ buffers\)$/);
    await dst.free();
    expect(inspect(dst)).to.equal("ScopeBuffer dst (4 bytes, freed)");
    const failure = rejectionOf(() => expect(call).to.be.clean);
    expect(inspect(failure)).to.not.include("#report").and.not.include("TracedCall {");
  });

  it("the matchers have types for vitest and jest", function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "ffiscope-types-"));
    const declare = (name: string, text: string) => {
      mkdirSync(join(folder, "node_modules", name), { recursive: true });
      writeFileSync(join(folder, "node_modules", name, "index.d.ts"), text);
      const types = { name, type: "module", exports: { ".": { types: "./index.d.ts" } } };
      writeFileSync(join(folder, "node_modules", name, "package.json"), JSON.stringify(types));
    };
    try {
      declare(
        "vitest",
        `export interface Assertion<T = any> { not: Assertion<T>; toBe(value: T): void }
         export declare const expect: { <T>(value: T): Assertion<T>; extend(matchers: object): void };`,
      );
      declare(
        "@types/jest",
        `declare namespace jest { interface Matchers<R, T = {}> { toBe(value: T): R } }
         declare function jestExpect<T>(value: T): jest.Matchers<void, T>;`,
      );
      mkdirSync(join(folder, "node_modules/@types"), { recursive: true });
      symlinkSync(join(ROOT, "node_modules/@types/node"), join(folder, "node_modules/@types/node"));
      symlinkSync(ROOT, join(folder, "node_modules/ffiscope"));
      const body = (subject: string) => `
        declare const call: unknown;
        ${subject}(call).toHaveRead("buf", { from: 0, to: 5 });
        ${subject}(call).toOnlyTouch("buf", "dst");
        ${subject}(call).toBeClean();
        const crashed: Promise<void> = ${subject}(call).toCrash("SIGSEGV");
        // @ts-expect-error: a range is an object
        ${subject}(call).toHaveWritten("buf", 5);
        export { crashed };`;
      writeFileSync(
        join(folder, "v.ts"),
        `import { expect } from "vitest";\nimport { matchers } from "ffiscope/vitest";\nexpect.extend(matchers);${body("expect")}`,
      );
      writeFileSync(
        join(folder, "j.ts"),
        `import { matchers } from "ffiscope/jest";\nexport const all: object = matchers;${body("jestExpect")}`,
      );
      const options =
        "--noEmit --strict --target es2022 --module nodenext --skipLibCheck --preserveSymlinks --types jest,node";
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      const args = [tsc, ...options.split(" "), "v.ts", "j.ts"];
      const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
      expect(stdout).to.equal("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function rejectionOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
