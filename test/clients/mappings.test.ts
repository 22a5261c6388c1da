import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { withoutCrashPlace } from "../scenarios/support/expect.js";
import { ROOT } from "../support/fixtures.js";
import { compileWithClient, nativeLibrary, needsPrograms } from "./support/programs.js";

const CLI = join(ROOT, "dist/cli/main.js");
const PAGE = 4096;
const CRASHED = `ffiscope: '${process.execPath}' was killed by SIGSEGV during a call; its accesses so far are kept\n`;
/** None takes a tenth of it, in ms. */
const TIME_LIMIT = 120_000;

interface Event {
  readonly kind: string;
  readonly address: string;
  readonly size: number;
}

/** What the program says, and what it says that it will access. */
interface Told {
  readonly result: string;
  readonly heap: number;
  readonly expected: readonly string[];
}

function toldIn(output: string): Told {
  const words = output
    .trim()
    .split("\n")
    .map((line) => line.split(" "));
  const textOf = (name: string) => words.find(([first]) => first === name)?.[1] ?? "none";
  const accesses = words.filter(([first]) => first === "access");
  return {
    result: textOf("result"),
    heap: Number(textOf("heap")),
    expected: accesses.map(([, kind, offset]) => `${kind} ${offset}`),
  };
}

function run(program: string, mode: string, engine: string) {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-mappings-"));
  const file = join(folder, "events");
  try {
    const args = [CLI, "run", "--engine", engine, "--events", file, "--", program, mode];
    const output = execFileSync(process.execPath, args, { timeout: TIME_LIMIT, encoding: "utf8" });
    const told = toldIn(output);
    const calls = readFileSync(file, "utf8").trim().split("\n");
    const events = calls.flatMap((line) => JSON.parse(line).events as Event[]);
    const seen = events.map(({ kind, address }) => `${kind} ${Number(address) - told.heap}`);
    return { ...told, seen };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CASES: readonly (readonly [mode: string, what: string])[] = [
  ["break", "a heap of brk(2) that is given back, in part and whole"],
  ["segment", "a segment of shared memory that is detached, whole and in parts"],
  ["twice", "memory of its own where its heap was kept in the call before"],
  ["between", "a heap that is unmapped in part and made longer between two calls"],
];

describe("a plain client's mappings", () => {
  let program: string;
  before(needsPrograms);
  before(() => {
    program = compileWithClient("mappings");
  });

  for (const [mode, what] of CASES) {
    for (const engine of ["auto", "reference"]) {
      it(`${what}: ${engine}`, () => {
        const untraced = toldIn(execFileSync(program, [mode], { encoding: "utf8" }));
        const traced = run(program, mode, engine);
        expect(traced.result).to.equal(untraced.result);
        expect(traced.expected).to.deep.equal(untraced.expected);
        expect(traced.seen).to.deep.equal(traced.expected);
      });
    }
  }
});

describe("a Node program that unmaps pages of its traced heap between two calls", () => {
  before(needsPrograms);

  const stored = (offset: number, engine: string) => {
    const program = join(ROOT, "test/fixtures/clients/unmapped.mjs");
    const command = [process.execPath, program, nativeLibrary(), String(offset)];
    const args = [CLI, "run", "--engine", engine, "--", ...command];
    const options = { timeout: TIME_LIMIT, encoding: "utf8" } as const;
    const { stdout, stderr } = spawnSync(process.execPath, args, options);
    return stdout + withoutCrashPlace(stderr);
  };

  for (const engine of ["auto", "reference"]) {
    it(`goes on with the others: ${engine}`, () => {
      expect(stored(3 * PAGE, engine)).to.equal(`stored 0 ${3 * PAGE}\n`);
    });

    it(`crashes where it stores to one: ${engine}`, () => {
      expect(stored(PAGE + 8, engine)).to.equal(CRASHED);
    });

    it(`crashes where it stores to one in part: ${engine}`, () => {
      expect(stored(PAGE - 4, engine)).to.equal(CRASHED);
    });
  }
});
