import { readFileSync } from "node:fs";
import { expect } from "chai";
import { needsCompiler, needsLibrary, needsProgram } from "../support/needs.js";
import { skipHere } from "../support/skip.js";
import {
  BLOCKS,
  casesOf,
  GROUPS,
  type Group,
  INSTRUCTIONS,
  LARGE_COPIES,
  OLDER_BLOCKS,
  REP_MOVSB,
  REP_STOSB,
  SPLIT_INSTRUCTIONS,
} from "./cases.js";
import { differences, differencesInBuffers, differencesInBytes } from "./differences.js";
import type { CaseRun } from "./driver.js";
import { type Environment, type Runs, underFfiscope, underLackey } from "./runs.js";

/*
 * What is demanded of a library call is that both runs have the same sequence of accesses to the heap:
 * kind, address, size and instruction (as an offset in its library), and so the same sets of bytes that
 * are read and written; the same result, and the same bytes in the buffers. Of a repeated string
 * instruction lackey logs every iteration, and of a locked one the load twice: executions.ts makes one
 * access of them.
 *
 * Run as this processor has it, other instructions make other accesses. There the sets of bytes within
 * the call's own buffers have to be the same: what is read beyond them, in whole blocks, is not.
 */

/**
 * glibc picks implementations by the processor, and valgrind's is another one, without AVX-512. With
 * these, both pick the same; that they did shows in the instructions, which are compared as well.
 */
const COMMON =
  "-AVX512F,-AVX512VL,-AVX512BW,-RTM,-Prefer_No_VZEROUPPER,Fast_Unaligned_Load,Fast_Unaligned_Copy";
const AVX2 = tunables([`${COMMON},-ERMS`]);
const WITHOUT_AVX = tunables([`${COMMON},-ERMS,-AVX2,-AVX,-SSSE3,-SSE4_1,-SSE4_2`]);
/** In bytes: from there on `rep movsb` and `rep stosb` are used. */
const REPEATED = tunables([COMMON, "x86_rep_movsb_threshold=576", "x86_rep_stosb_threshold=2048"]);
/** In bytes: the least that it takes. */
const PAST_THE_CACHE = tunables([`${COMMON},-ERMS`, "x86_non_temporal_threshold=16448"]);

function tunables([hwcaps, ...more]: readonly string[]): Environment {
  const all = [`hwcaps=${hwcaps}`, ...more].map((setting) => `glibc.cpu.${setting}`);
  return { GLIBC_TUNABLES: all.join(":") };
}

/** As the processor would have it. */
const NATIVE: Environment = { GLIBC_TUNABLES: "" };

/** Of this processor. */
function hasFlag(name: string): boolean {
  return readFileSync("/proc/cpuinfo", "utf8").includes(` ${name} `);
}

type Compare = (oracle: CaseRun, traced: CaseRun) => readonly string[];

interface Options {
  readonly compare?: Compare;
  /** Compares also with what the processor would have by itself. */
  readonly native?: true;
}

/** All cases of a group in one process under either; and a test for each function. */
function suite(title: string, group: Group, env: Environment, options: Options = {}): void {
  const { compare = differences, native = false } = options;

  describe(title, () => {
    let oracle: Runs;
    let traced: Runs;
    let tracedNatively: Runs;

    before(async function () {
      needsProgram(this, "valgrind", "valgrind");
      needsCompiler(this);
      if (group.library) needsLibrary(this, group.library.soname, group.library.debianPackage);
      if (!hasFlag("avx2")) skipHere(this, "no AVX2");
      const cases = casesOf(group);
      const seen = underLackey(cases, env);
      [oracle, traced] = await Promise.all([seen, underFfiscope(cases, env)]);
      if (native) tracedNatively = await underFfiscope(cases, NATIVE);
    });

    function found(name: string, runs: Runs, how: Compare): string[] {
      return casesOf(group, name).flatMap((word) =>
        how(oracle.get(word)!, runs.get(word)!).map((difference) => `${word}: ${difference}`),
      );
    }

    for (const name of Object.keys(group.functions)) {
      it(name, () => {
        expect(found(name, traced, compare)).to.deep.equal([]);
      });

      if (native)
        it(`${name}, as this processor has it`, () => {
          expect(found(name, tracedNatively, differencesInBuffers)).to.deep.equal([]);
        });
    }

    it(`without an access: ${group.without ?? "none"}`, () => {
      const without = Object.keys(group.functions).filter((name) =>
        casesOf(group, name).every((word) => oracle.get(word)!.accesses.length === 0),
      );
      expect(without).to.deep.equal(group.without ?? []);
    });
  });
}

describe("accesses as valgrind's lackey sees them", () => {
  suite("libc: memory and strings", BLOCKS, AVX2, { native: true });
  for (const group of GROUPS) suite(group.title, group, AVX2, { native: true });
  // With FSRM, which valgrind's processor has not, glibc aligns `rep movsb` by other instructions: no
  // setting says otherwise.
  const movsb = hasFlag("fsrm") ? { compare: differencesInBytes } : {};
  suite("libc: rep movsb", REP_MOVSB, REPEATED, movsb);
  suite("libc: rep stosb", REP_STOSB, REPEATED);
  suite("libc: copies past the cache", LARGE_COPIES, PAST_THE_CACHE);
  suite("libc: without AVX", OLDER_BLOCKS, WITHOUT_AVX);
  suite("instructions", INSTRUCTIONS, AVX2);
  suite("instructions, by their bytes", SPLIT_INSTRUCTIONS, AVX2, { compare: differencesInBytes });
});
