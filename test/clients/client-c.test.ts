import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { needsLibrary, needsProgram } from "../support/needs.js";
import { C_CLIENT_MARKING, compileExample, needsPrograms } from "./support/programs.js";
import { expectedOutput, printedOutput } from "./support/script.js";
import { finish, supervise, superviseScript } from "./support/supervise.js";

const FOLDER = join(ROOT, "clients/c");
const STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"];

describe("clients/c", () => {
  before(needsPrograms);

  it("compiles without a warning as C99 and C11, with and without optimisation", () => {
    for (const standard of ["c99", "c11"]) {
      for (const level of ["-O0", "-O2"]) {
        const flags = [`-std=${standard}`, level, ...STRICT, "-c", "-o", "/dev/null"];
        execFileSync("cc", [...flags, join(FOLDER, "ffiscope.c")]);
      }
    }
  });

  it("its header is C++, and needs no other before it", function () {
    needsProgram(this, "c++", "g++");
    const flags = ["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"];
    execFileSync("c++", [...flags, "-x", "c++", join(FOLDER, "ffiscope.h")]);
  });

  it("native code's own SIGUSR1 is its own where signals are marked", async () => {
    const script =
      "ignore-sigusr1 heap:A:2 call:load1@A,raise_sigusr1@,store4@A/4:1 call:load8@A exit:5";
    const { code, stdout, stderr } = await superviseScript(C_CLIENT_MARKING, script);
    expect({ code, stderr }).to.deep.equal({ code: 5, stderr: "" });
    expect(printedOutput(stdout)).to.deep.equal(expectedOutput(script, stdout));
  });

  it("README: the compile line makes the example, without a warning", () => {
    const readme = readFileSync(join(FOLDER, "README.md"), "utf8");
    const [line] = /^cc -std=c99 .*$/m.exec(readme)!;
    const words = line.split(" ").slice(1);
    expect(words).to.include.members(["-Wall", "-Wextra", "-Wpedantic", "example.c", "ffiscope.c"]);
    const output = words.indexOf("-o");
    words.splice(output, 2, "-o", "/dev/null");
    execFileSync("cc", ["-Werror", ...words], { cwd: FOLDER, stdio: ["ignore", "ignore", "pipe"] });
  });

  it("the example prints what C did to the interpreter's heap", async function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
    const words = [
      'greeting="hello, world"',
      "copy:16",
      "memcpy(copy,greeting,13)",
      "crc32(greeting,12)",
    ];
    const { code, stdout, stderr } = await supervise([compileExample(), ...words]);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const [first, second] = stdout.split("crc32");
    expect(covered(first!, "read", "greeting")).to.deep.equal(upTo(13));
    expect(covered(first!, "write", "copy")).to.deep.equal(upTo(13));
    expect(first).to.match(/^ {2}copy is now "hello, world"$/m);
    expect(covered(second!, "read", "greeting")).to.deep.equal(upTo(12));
    expect(second).to.match(/^ {2}= 4289425978$/m);
    expect(stdout).to.not.match(/OUTSIDE/);
  });

  it("the example shows an overrun, and runs untraced as well", async () => {
    const words = ["small:8", 'large="0123456789"', "memcpy(small,large,11)"];
    const { stdout } = await supervise([compileExample(), ...words]);
    expect(stdout).to.match(/^ {2}write small\+\d, \d bytes: OUTSIDE the cell$/m);
    const untraced = await finish(compileExample(), words);
    expect(untraced.code).to.equal(0);
    expect(untraced.stdout).to.match(/^\(untraced: .*\n(.*\n)+ {2}small is now "01234567"\n$/);
  });
});

/** The offsets in a cell that lines of the example tell of, in order, each once. */
function covered(text: string, kind: string, cell: string): number[] {
  const offsets = new Set<number>();
  const lines = text.matchAll(new RegExp(`^  ${kind} +${cell}\\+(\\d+), (\\d+) bytes`, "gm"));
  for (const [, offset, size] of lines) {
    for (let i = 0; i < Number(size); i++) offsets.add(Number(offset) + i);
  }
  return [...offsets].sort((a, b) => a - b);
}

function upTo(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
