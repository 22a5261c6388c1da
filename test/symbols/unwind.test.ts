import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler, needsProgram } from "../support/needs.js";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Without debug information, so that gdb knows of no inlined functions. */
const stacks = (...flags: string[]) =>
  compileFixture("test/symbols/stacks.c", ["-O2", "-fomit-frame-pointer", ...flags]);

const EXPECTED = {
  s: ["f_compare", "f_sort", "main"],
  a: ["f_abort", "main"],
  r: ["f_handler", "f_raise", "main"],
  n: ["f_handler", "f_fault", "f_nested", "main"],
  w: ["f_wild", "main"],
  v: ["f_wild", "f_variable", "f_aligned", "main"],
  d: ["f_pushes", ...Array.from({ length: 10 }, () => "f_deep"), "main"],
} as const;

type Case = keyof typeof EXPECTED;

/** Names of a backtrace's functions, innermost first; null where one has none. */
function ours(program: string, which: Case): (string | null)[] {
  const { stderr } = spawnSync(process.execPath, [MAIN, "run", "--", program, which], {
    encoding: "utf8",
  });
  const frames = [...stderr.matchAll(/^ {2}#\d+ +(\S+)$/gm)].map(([, text]) => text!);
  return frames.map((text) => /!(\w+)/.exec(text)?.[1] ?? null);
}

/** The same by gdb, with its own names for libc's. */
function gdbs(program: string, which: Case): (string | null)[] {
  const words = ["-nx", "-batch", "-iex", "set debug-file-directory /nowhere"];
  const passed = ["-ex", "handle SIGUSR2 nostop noprint pass"];
  const { stdout } = spawnSync(
    "gdb",
    [...words, ...passed, "-ex", "run", "-ex", "bt", "--args", program, which],
    { encoding: "utf8" },
  );
  const frames = [...stdout.matchAll(/^#\d+ +(?:0x\w+ in )?(\S+)/gm)].map(([, name]) => name!);
  return frames.map((name) => /^\w+/.exec(name)?.[0] ?? null);
}

const own = (names: readonly (string | null)[]) =>
  names.filter((name) => name !== null && /^(f_|main$)/.test(name));

describe("a crash's backtrace", function () {
  this.slow(3000);

  before(function () {
    needsCompiler(this);
  });

  const known = Object.keys(EXPECTED) as Case[];

  it("goes through libc, signal handlers, frames of unknown size and null calls", () => {
    for (const which of known) {
      expect(own(ours(stacks(), which)), which).to.deep.equal(EXPECTED[which]);
    }
  });

  it("goes by frame pointers where there are no tables", () => {
    const program = stacks(
      "-fno-omit-frame-pointer",
      "-fno-asynchronous-unwind-tables",
      "-fno-unwind-tables",
    );
    expect(own(ours(program, "s"))).to.include.members(["f_compare", "main"]);
    for (const which of ["w", "r"] as const) {
      expect(own(ours(program, which)), which).to.deep.equal(EXPECTED[which]);
    }
  });

  it("has as many functions below main as gdb's", function () {
    needsProgram(this, "gdb", "gdb");
    for (const which of ["s", "a", "r", "v"] as const) {
      const [mine, theirs] = [ours(stacks(), which), gdbs(stacks(), which)];
      // gdb stops at main, and calls the kernel's call of a handler a function.
      expect(mine.indexOf("main"), which).to.equal(theirs.indexOf("main")).and.greaterThan(0);
      expect(own(mine), which).to.deep.equal(own(theirs));
    }
  });
});
