import { expect } from "chai";
import { type TemplateAccess, templateOf } from "../../dist/fragments/cache/template.js";
import { LogReader } from "../../dist/fragments/log/log-reader.js";
import { Guard } from "../../dist/guard/guard.js";
import { EventBuffer } from "../../dist/model/event-buffer.js";
import {
  type AccessBatch,
  accessAt,
  type Tid,
  type TraceeAddress,
} from "../../dist/model/index.js";

const THREAD = 7 as Tid;
const HEAP = 0x7000_0000_0000;
const SIZE = 2 ** 30;
const BLOCK = 0xb10c as TraceeAddress;

const access = (given: Partial<TemplateAccess>): TemplateAccess => ({
  kind: "redirected",
  record: 0,
  offset: 0,
  size: 8,
  flags: 0,
  ip: 0x1000 as TraceeAddress,
  instruction: 0,
  form: null,
  mask: -1,
  ...given,
});

/**
 * Blocks by their number: a loop of one, of three that share records, one that may lie elsewhere, one
 * without accesses, one whose register is a negative number.
 */
const BLOCKS = new Map([
  [1, templateOf(BLOCK, 1, [access({ offset: 16 })])],
  [
    2,
    templateOf(BLOCK, 2, [
      access({ record: 0, size: 4, ip: 0x2000 as TraceeAddress }),
      access({ record: 1, offset: -8, flags: 1, ip: 0x2004 as TraceeAddress }),
      access({ record: -1, offset: HEAP + 64, ip: 0x2008 as TraceeAddress }),
    ]),
  ],
  [3, templateOf(BLOCK, 1, [access({ kind: "checked", ip: 0x3000 as TraceeAddress })])],
  [4, templateOf(BLOCK, 1, [])],
  [5, templateOf(BLOCK, 1, [access({ offset: HEAP + 4096 })])],
]);

/** What a template says of one execution, access by access. */
function expectedOf(block: number, addresses: readonly number[]): string[] {
  return BLOCKS.get(block)!.accesses.flatMap(({ kind, record, offset, size, flags, ip }) => {
    const address = ((record < 0 ? 0 : addresses[record]!) + offset) % 2 ** 48;
    const isTraced = kind === "redirected" || (address >= HEAP && address < HEAP + SIZE);
    return isTraced ? [`${flags} ${address}+${size} by ${ip}`] : [];
  });
}

/** Reads executions of blocks, with as many records at a time as `step` says. */
function readAll(runs: readonly (readonly [block: number, times: number])[], step: number) {
  const guard = new Guard();
  const [guarded, backdoor] = [HEAP, 0x1000] as TraceeAddress[];
  guard.addHeap({ guarded: guarded!, backdoor: backdoor!, size: SIZE });
  const batches: AccessBatch[] = [];
  const reader = new LogReader(guard, new EventBuffer((batch) => batches.push(batch)));
  for (const [id, template] of BLOCKS) reader.templates[id] = template;
  const words: number[] = [];
  const expected: string[] = [];
  for (const [block, times] of runs) {
    for (let time = 0; time < times; time++) {
      const { records } = BLOCKS.get(block)!;
      // Every third is outside.
      const base = block === 5 ? -2048 : time % 3 === 2 && block === 3 ? 0x5000 : HEAP;
      const addresses = Array.from({ length: records }, (_, i) => base + 1024 * i + 8 * time);
      const logged = addresses.map((address) => (address + 2 ** 48) % 2 ** 48);
      for (const [i, address] of logged.entries()) {
        words.push(
          address % 2 ** 32,
          Math.floor(address / 2 ** 32) + (i === 0 ? block * 2 ** 16 : 0),
        );
      }
      expected.push(...expectedOf(block, logged));
    }
  }
  const all = Uint32Array.from(words);
  for (let at = 0; at < all.length / 2; ) {
    const records = Math.min(step, all.length / 2 - at);
    const read = reader.read(all.slice(2 * at, 2 * (at + records)), records, THREAD);
    expect(read).to.be.within(records > 1 ? 1 : 0, records);
    at += read;
  }
  reader.events.flush();
  const rows = batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, row) => accessAt(batch, row)),
  );
  const seen = rows.map(
    ({ kind, address, size, ip }) => `${kind === "write" ? 1 : 0} ${address}+${size} by ${ip}`,
  );
  return { seen, expected, batches, threads: new Set(rows.map(({ thread }) => thread)) };
}

describe("a log", () => {
  it("is read in the order in which it was written, whatever runs how often", () => {
    const times = [1, 2, 5, 6, 7, 40];
    const runs = times.flatMap((n) => [1, 2, 3, 4, 5, 2, 1].map((block) => [block, n] as const));
    const { seen, expected, threads } = readAll(runs, 1000);
    expect(seen).to.deep.equal(expected);
    expect([...threads]).to.deep.equal([THREAD]);
  });

  it("fills batches to the last row, and goes on in the next", () => {
    const { seen, expected, batches } = readAll(
      [
        [1, 3],
        [2, 30_000],
        [1, 40_000],
        [2, 5],
      ],
      32_768,
    );
    expect(seen).to.deep.equal(expected);
    expect(batches.length).to.equal(Math.ceil(expected.length / 32_768));
  });

  it("is read in parts that end within an execution", () => {
    for (const step of [2, 3, 5, 7]) {
      const { seen, expected } = readAll(
        [
          [2, 20],
          [1, 9],
          [2, 1],
          [3, 8],
        ],
        step,
      );
      expect(seen, `${step} records at a time`).to.deep.equal(expected);
    }
  });

  /** Each in a log of its own; the fourth block may lie elsewhere. */
  const reading = (id: number, times: number, address: number) => () => {
    const guard = new Guard();
    const pages = [0, 2, 3].map((page) => ({
      start: (HEAP + 4096 * page) as TraceeAddress,
      end: (HEAP + 4096 * (page + 1)) as TraceeAddress,
      protection: page === 3 ? 1 : 3,
    }));
    guard.arm(pages);
    const reader = new LogReader(guard, new EventBuffer(() => {}));
    for (const [number, template] of BLOCKS) reader.templates[number] = template;
    const words = Array.from({ length: times }, (_, time) => {
      const at = time === times - 1 ? address : HEAP;
      return [at % 2 ** 32, Math.floor(at / 2 ** 32) + id * 2 ** 16];
    });
    return reader.read(Uint32Array.from(words.flat()), times, THREAD);
  };

  it("ends the session where code that was moved to the other view was not in watched memory", () => {
    for (const times of [1, 3, 50]) {
      for (const inside of [HEAP, 4096 - 24 + HEAP, HEAP + 2 * 4096 - 16, HEAP + 3 * 4096 - 20]) {
        expect(reading(1, times, inside)(), `${inside.toString(16)}`).to.equal(times);
      }
      for (const outside of [0x5000, HEAP - 24, HEAP + 4096 - 20, HEAP + 4096, HEAP + 4 * 4096]) {
        const read = reading(1, times, outside);
        expect(read, `${outside.toString(16)}`)
          .to.throw("no watched memory")
          .with.property("code", "ACCESS_OUTSIDE_HEAP");
        expect(reading(3, times, outside)()).to.equal(times);
      }
    }
  });
});
