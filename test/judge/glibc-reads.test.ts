import { readFileSync } from "node:fs";
import { expect } from "chai";
import { type CallFacts, FindingCollector } from "../../dist/judge/index.js";
import type { Finding, HeapBuffer } from "../../dist/model/index.js";
import { batchOf, bufferAt } from "../report/batch.js";

/** A line of glibc-reads/reads.ndjson: see glibc-reads/record.mjs. */
interface Recorded {
  cpu: string;
  function: string;
  args: string[];
  extent: (number | null)[];
  accesses: [arg: number, offset: number, size: number, write: 0 | 1, ip: number][];
  names: Record<string, string>;
}

const HEAP = 0x1000_0000;
const ARGUMENT = 8 * 4096;
const LIBC = 0x7f00_0000_0000;

const file = new URL("../../test/judge/glibc-reads/reads.ndjson", import.meta.url);
const calls = readFileSync(file, "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

interface Spec {
  at: number;
  length: number;
  text: string;
  nul: boolean;
}

function specOf(arg: string): Spec {
  const [, at, length, text, nul] = /^b(\d+),(\d+),(.)(0?)$/.exec(arg)!;
  return { at: Number(at), length: Number(length), text: text!, nul: nul === "0" };
}

/** The call's buffers as they would be declared, `cut` bytes short of what it looks at. */
function buffersOf(call: Recorded, cut: number) {
  return call.args.flatMap((arg, i) => {
    const extent = call.extent[i];
    if (typeof extent !== "number" || extent <= cut) return [];
    const { at, length, text, nul } = specOf(arg);
    const content = new Uint8Array(extent - cut).fill(text.charCodeAt(0));
    if (nul && length < content.length) content[length] = 0;
    const address = HEAP + i * ARGUMENT + at;
    return [{ ...bufferAt(`arg${i}`, address, content.length, { arg: i }), content }];
  });
}

const integersOf = (call: Recorded) =>
  call.args.map((arg) => (arg.startsWith("i") ? BigInt(arg.slice(1)) : null));

function findingsOf(
  call: Recorded,
  cut: number,
  facts: CallFacts,
  batchLength = Number.POSITIVE_INFINITY,
): Finding[] {
  const buffers = buffersOf(call, cut);
  const contentOf = (buffer: HeapBuffer) => buffers.find(({ arg }) => arg === buffer.arg)!.content;
  const collector = new FindingCollector(buffers, { memory: { contentOf }, ...facts });
  const starts = call.args.map((arg, i) => HEAP + i * ARGUMENT + Number(/\d+/.exec(arg)![0]));
  const judged = new Set(buffers.map(({ arg }) => arg));
  const rows = call.accesses
    .filter(([arg]) => judged.has(arg))
    .map(([arg, offset, size, write, ip]) => ({
      kind: write ? ("write" as const) : ("read" as const),
      address: starts[arg]! + offset,
      size,
      ip: LIBC + ip,
    }));
  for (let at = 0; at < rows.length; at += batchLength) {
    collector.add(batchOf(rows.slice(at, at + batchLength)));
  }
  return collector.finish().filter(({ kind }) => kind === "out-of-bounds-read");
}

/** As with a symbolizer that knows the entry points. */
const named = (call: Recorded): CallFacts => ({
  code: { imageOf: () => "libc.so.6", functionOf: (ip) => call.names[ip - LIBC] ?? call.function },
});

/** As in a stripped libc, of which nothing but the called function is known. */
const called = (call: Recorded): CallFacts => ({
  code: { imageOf: () => "libc.so.6", functionOf: () => null },
  function: call.function,
  integers: integersOf(call),
});

const title = (call: Recorded) => `${call.cpu} ${call.function}(${call.args.join(" ")})`;

/** They stop at a NUL or where they are told, and never look a byte farther. */
const CERTAIN = /^(strlen|strchr|strrchr|strcmp|strcasecmp|strcpy|strcspn|strdup|memcpy)$/;

describe("glibc's string functions, as recorded", () => {
  it("are 16, of three processors, with strings at the end of a page and elsewhere", () => {
    expect(new Set(calls.map(({ cpu }) => cpu))).to.have.keys("evex", "avx2", "sse2");
    expect(new Set(calls.map((call) => call.function)).size).to.equal(16);
    expect(calls.length).to.equal(1152);
  });

  it("do read beyond their strings: most calls would be findings to someone who trusts nobody", () => {
    const strict = calls.filter((call) => findingsOf(call, 0, { code: null }).length);
    expect(strict.length).to.be.greaterThan(calls.length / 2);
  });

  for (const [how, factsOf] of Object.entries({ named, called })) {
    it(`have no findings where their strings lie in their buffers (functions ${how})`, () => {
      for (const call of calls) {
        expect(findingsOf(call, 0, factsOf(call)), title(call)).to.deep.equal([]);
      }
    });

    it(`have one where the string ends past its buffer (functions ${how})`, () => {
      for (const call of calls.filter((one) => CERTAIN.test(one.function))) {
        for (const cut of [1, 2]) {
          const buffers = buffersOf(call, cut);
          if (buffers.length === 0) continue;
          const findings = findingsOf(call, cut, factsOf(call));
          expect(findings.length, `${title(call)}, ${cut} short`).to.be.greaterThan(0);
          for (const { buffer, offset, size } of findings) {
            const { size: bufferSize } = buffers.find(({ name }) => name === buffer)!;
            expect(offset, title(call)).to.be.at.least(bufferSize);
            expect(size).to.be.greaterThan(0);
          }
        }
      }
    });
  }

  it("are judged the same when batches cut them anywhere", () => {
    for (const batchLength of [1, 3, 10]) {
      for (const call of calls) {
        expect(findingsOf(call, 0, named(call), batchLength), title(call)).to.deep.equal([]);
      }
    }
  });

  it("have one where the call itself counts past its buffer, of the bytes it counts", () => {
    const counting = calls.filter((call) => /^(memchr|memcmp|strnlen)$/.test(call.function));
    for (const call of counting) {
      for (const buffer of buffersOf(call, 2)) {
        const own = findingsOf(call, 2, called(call)).filter(
          ({ buffer: name }) => name === buffer.name,
        );
        expect(own.length, title(call)).to.be.greaterThan(0);
        expect(Math.min(...own.map(({ offset }) => offset))).to.equal(buffer.size, title(call));
      }
    }
  });
});
