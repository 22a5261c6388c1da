import { expect } from "chai";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { type Access, bytesOf, joined, type Span, spansText, within } from "./access.js";
import { eventsOf } from "./runs.js";

const SOURCE = "test/fixtures/oracle/glibc.c";
const FLAGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-O1", "-fno-builtin"];

/** Calls of each function: 26 sizes in 3 placements, less those that a string cannot have. */
const CALLS = {
  memcpy: 78,
  "memmove-up": 78,
  "memmove-down": 78,
  memset: 78,
  memcmp: 78,
  "memcmp-unequal": 75,
  strlen: 75,
  strcpy: 75,
  strchr: 75,
  "strchr-found": 72,
  snprintf: 78,
  "snprintf-cut": 75,
  qsort: 78,
} as const;

/** They read in blocks, of which the first and the last may be more than the string. */
const IN_BLOCKS: ReadonlySet<string> = new Set([
  ...["memcmp", "memcmp-unequal", "strlen", "strcpy", "strchr", "strchr-found"],
  ...["snprintf", "snprintf-cut"],
]);

/** A call as the program said that it had to be, and as it was seen. */
interface Call {
  readonly name: string;
  readonly reads: readonly Span[];
  /** What it may read besides. */
  readonly mayRead: readonly Span[];
  readonly writes: readonly Span[];
  readonly isRight: boolean;
  readonly accesses: readonly Access[];
}

function callsOf(stdout: string, events: readonly (readonly Access[])[]): Call[] {
  const calls: Call[] = [];
  let name = "";
  let reads: Span[] = [];
  let mayRead: Span[] = [];
  let writes: Span[] = [];
  for (const line of stdout.split("\n")) {
    const [word, ...values] = line.split(" ");
    const [start, size] = values.map((hex) => Number.parseInt(hex, 16)) as [number, number];
    if (word === "call") [name, reads, mayRead, writes] = [values[0]!, [], [], []];
    else if (word === "reads") reads.push({ start, size });
    else if (word === "may-read") mayRead.push({ start, size });
    else if (word === "writes") writes.push({ start, size });
    else if (line !== "") {
      const accesses = events[calls.length]!;
      calls.push({ name, reads, mayRead, writes, isRight: word === "right", accesses });
    }
  }
  if (calls.length !== events.length) throw new Error("not as many calls were seen as were made");
  return calls;
}

const PAGE = 4096;
const pageOf = (address: number) => Math.floor(address / PAGE);

/**
 * Vectors have up to 64 bytes, and loops look at four at once. None begins on a page or ends on one
 * where there is nothing to be looked at (src/judge/glibc-reads.ts).
 */
const REACH = 4 * 64;

/** The block in which `byte` is, as far as a read of it may go. */
function aroundOf({ start, size }: Span): Span {
  const first = Math.max(pageOf(start) * PAGE, start - REACH);
  const end = Math.min((pageOf(start + size - 1) + 1) * PAGE, start + size + REACH);
  return { start: first, size: end - first };
}

describe("glibc on buffers from 0 to 16 KB", () => {
  let calls: readonly Call[];

  before(async function () {
    needsCompiler(this);
    const { stdout, events } = await eventsOf([compileFixture(SOURCE, FLAGS)], {});
    calls = callsOf(stdout, events);
  });

  for (const [name, count] of Object.entries(CALLS)) {
    const difference = (of: (call: Call) => readonly [actual: string, expected: string]) =>
      calls
        .filter((call) => call.name === name)
        .map(of)
        .filter(([actual, expected]) => actual !== expected);

    it(`${name} does what it does untraced`, () => {
      const results = calls.filter((call) => call.name === name).map(({ isRight }) => isRight);
      expect(results).to.deep.equal(Array(count).fill(true));
    });

    it(`${name} writes its bytes and no other`, () => {
      const found = difference(({ accesses, writes }) => [
        spansText(bytesOf("write", accesses)),
        spansText(joined(writes)),
      ]);
      expect(found).to.deep.equal([]);
    });

    it(`${name} reads its bytes${IN_BLOCKS.has(name) ? "" : " and no other"}`, () => {
      const found = difference(({ accesses, reads }) => {
        const all = bytesOf("read", accesses);
        return [
          spansText(IN_BLOCKS.has(name) ? within(all, reads) : all),
          spansText(joined(reads)),
        ];
      });
      expect(found).to.deep.equal([]);
    });

    if (IN_BLOCKS.has(name))
      it(`${name} reads more only in the blocks where its bytes begin and end`, () => {
        const found = difference(({ accesses, reads, mayRead }) => {
          const all = bytesOf("read", accesses);
          const blocks = [...reads, ...mayRead].filter(({ size }) => size > 0).map(aroundOf);
          return [spansText(all), spansText(within(all, joined(blocks)))];
        });
        expect(found).to.deep.equal([]);
      });
  }
});
