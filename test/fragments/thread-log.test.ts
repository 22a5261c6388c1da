import { expect } from "chai";
import type { CodeCache } from "../../dist/fragments/cache/code-cache.js";
import {
  RECORD_SIZE,
  type TemplateAccess,
  templateOf,
} from "../../dist/fragments/cache/template.js";
import { FragmentLog } from "../../dist/fragments/log/fragment-log.js";
import { LogReader } from "../../dist/fragments/log/log-reader.js";
import { ThreadLog } from "../../dist/fragments/log/thread-log.js";
import { Guard, type GuardedHeap } from "../../dist/guard/guard.js";
import { EventBuffer } from "../../dist/model/event-buffer.js";
import { AccessFlag, type Tid, type TraceeAddress } from "../../dist/model/index.js";
import { Reg, RegisterFile } from "../../dist/native/ptrace/registers.js";

const START = 0x10000;
const RECORDS = 16;
const RANGE = { start: START, end: START + RECORDS * RECORD_SIZE };
const OTHER = { start: 0x20000, end: 0x20000 + RECORDS * RECORD_SIZE };
const TID = 1 as Tid;
const BLOCK = 0 as TraceeAddress;
/** All addresses that are logged here. */
const HEAP = { guarded: 0, backdoor: 2 ** 40, size: 2 ** 30 } as GuardedHeap;

/** A load of `record`'s address by instruction `instruction`, whose address it has too; or a store. */
const access = (instruction: number, record: number, flags = 0): TemplateAccess => ({
  kind: "redirected",
  record,
  offset: 0,
  size: 4,
  flags,
  ip: instruction as TraceeAddress,
  instruction,
  form: null,
  mask: -1,
});

/** One load; and a load, a load and a store of one place, and a load. */
const TEMPLATES = [
  templateOf(BLOCK, 1, [access(0, 0)]),
  templateOf(BLOCK, 2, [access(0, 0), access(1, 1), access(1, 1, AccessFlag.WRITE), access(2, 0)]),
];
const [SHORT, LONG] = TEMPLATES.map((template) => ({ template }));

describe("the log of a thread", () => {
  let words: Uint32Array;
  let log: ThreadLog;
  let events: EventBuffer;
  let seen: string[];
  let fragments: FragmentLog;
  const cache = () => ({ log }) as CodeCache;

  beforeEach(() => {
    words = new Uint32Array(2 * RECORDS);
    log = new ThreadLog([RANGE, OTHER]);
    seen = [];
    events = new EventBuffer(({ address, flags, length }) => {
      for (let i = 0; i < length; i++) seen.push(`${flags[i] ? "write" : "read"} ${address[i]}`);
    });
    const guard = new Guard();
    guard.addHeap(HEAP);
    const reader = new LogReader(guard, events);
    TEMPLATES.forEach((template, id) => {
      reader.templates[id + 1] = template;
    });
    const fill = (address: TraceeAddress, into: Uint8Array) => {
      const from = address - START;
      into.set(new Uint8Array(words.buffer).subarray(from, from + into.length));
      return true;
    };
    const memory = {
      fill,
      read: (address: TraceeAddress, into: Uint8Array) => Number(fill(address, into)) * into.length,
      write: () => {},
    };
    fragments = new FragmentLog(memory, reader);
  });

  /** Blocks log from `at` on, by number; returns where they end. */
  function run(at: number, ...blocks: [id: number, ...addresses: number[]][]): number {
    let word = (at - START) / 4;
    for (const [id, ...addresses] of blocks) {
      addresses.forEach((address, record) => {
        words[word++] = address;
        words[word++] = record === 0 ? id << 16 : 0;
      });
    }
    return START + 4 * word;
  }

  const read = () => {
    events.flush();
    return seen;
  };

  it("is not read while its thread goes on", () => {
    log.leave(run(log.next, [1, 100]), null);
    expect([log.hasUnread, log.isDue, read()]).to.deep.equal([true, false, []]);
  });

  it("is read in order, whatever stopped the thread between, and begins anew then", () => {
    log.leave(run(log.next, [1, 100], [2, 200, 300]), null);
    log.leave(run(log.next, [1, 400]), null);
    fragments.takeAll(cache(), TID);
    expect(read()).to.deep.equal([
      ...["read 100", "read 200", "read 300", "write 300", "read 200"],
      "read 400",
    ]);
    expect([log.hasUnread, log.next]).to.deep.equal([false, START]);
  });

  it("has of a block that was cut short what that had done", () => {
    const end = run(log.next, [1, 100]);
    run(end, [2, 200, 300]);
    log.leave(end, { block: LONG!, instruction: 1, reads: true });
    log.leave(run(log.next, [2, 500, 600]) - 2 * RECORD_SIZE, {
      block: LONG!,
      instruction: 1,
      reads: false,
    });
    log.leave(run(log.next, [1, 700]), null);
    fragments.takeAll(cache(), TID);
    const first = ["read 100", "read 200", "read 300"];
    expect(read()).to.deep.equal([...first, "read 500", "read 700"]);
  });

  it("is read up to where the thread is that goes on there, once", () => {
    log.leave(run(log.next, [1, 100]), null);
    const end = run(log.next, [1, 200]);
    fragments.take(cache(), end, TID);
    expect(read()).to.deep.equal(["read 100", "read 200"]);
    log.leave(run(end, [1, 300]), null);
    fragments.takeAll(cache(), TID);
    expect(read()).to.deep.equal(["read 100", "read 200", "read 300"]);
  });

  it("is due where the records of a cut block go past its end", () => {
    const blocks = Array.from({ length: RECORDS - 1 }, (_, i) => [1, i] as [number, number]);
    const end = run(log.next, ...blocks);
    log.leave(end, { block: SHORT!, instruction: 0, reads: false });
    expect(log.isDue).to.equal(false);
    log.restart();
    log.leave(end, { block: LONG!, instruction: 0, reads: false });
    expect(log.isDue).to.equal(true);
  });

  it("goes on at the beginning of the other where it is full, and is read up to there", () => {
    const cut = run(log.next, [1, 100]);
    run(cut, [2, 200, 300]);
    log.leave(cut, { block: LONG!, instruction: 1, reads: false });
    const unread = log.take(run(log.next, [1, 400]));
    log.turn();
    expect([log.start, log.next, log.hasUnread]).to.deep.equal([OTHER.start, OTHER.start, false]);
    expect(unread.cuts.map(({ at }) => at)).to.deep.equal([cut]);
    expect([unread.from, unread.end]).to.deep.equal([START, cut + 3 * RECORD_SIZE]);
  });

  it("ends before a block that faults past its records, for the instruction has accessed nothing", () => {
    const end = run(log.next, [1, 100], [2, 200, 300]);
    const at = (fault: object | null) => {
      const place = { block: LONG, instruction: 2, isAdvanced: true, fault };
      const registers = new RegisterFile();
      registers.words[Reg.r15] = BigInt(end);
      const stopped = { log, contains: () => true, locate: () => place } as unknown as CodeCache;
      return fragments.endOf(stopped, registers);
    };
    expect(at(null)).to.deep.equal({ end, cut: null });
    const { end: before, cut } = at({});
    log.leave(before, cut);
    fragments.takeAll(cache(), TID);
    expect(read()).to.deep.equal(["read 100", "read 200", "read 300", "write 300"]);
  });
});
