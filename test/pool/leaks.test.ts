import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { Pool } from "ffiscope";
import { fixtureLibrary } from "../scope/support.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";

/** In one half; `npm run soak` makes 10,000. */
const CALLS = 300;
const CRASH_EVERY = 30;

/** Between the halves, in bytes. The records of one half alone are more. */
const MOST_GROWTH = 2 * 2 ** 20;

describe("a pool in which calls crash", () => {
  before(function () {
    needsCompiler(this);
  });

  it("leaves no thread, descriptor or process, and its memory does not grow", async function () {
    this.timeout(240_000);
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const before = open(); // what other tests have not closed is there too
    const pool = await Pool.open({ hosts: 2, maxQueue: 4, startTimeout: 60_000 });
    try {
      await callAndLook(pool, before, collect);
    } finally {
      await pool.close();
    }
    await expectNothingLeft();
    expect(open()).to.deep.include({ processes: 0 });
  });
});

async function callAndLook(pool: Pool, before: Open, collect: () => void): Promise<void> {
  const lib = await pool.load(fixtureLibrary());
  const [crashIf, copy] = [
    lib.func("void crash_if(int crash)"),
    lib.func("void copy(char *dst, const char *src, int n)"),
  ];
  const half = async () => {
    for (let i = 1; i <= CALLS; i++) {
      await pool.room();
      if (i % CRASH_EVERY === 0) crashIf(1).catch(() => {});
      else copy("text", "text", 4).catch(() => {});
    }
    await allUp(pool);
    collect();
    return { ...open(), heap: process.memoryUsage().heapUsed };
  };
  const first = await half();
  const second = await half();
  expect(pool.stats).to.deep.include({ crashed: (2 * CALLS) / CRASH_EVERY });
  // A thread more or less that idles has some; one of each crash would be many.
  expect(second.descriptors).to.be.below(first.descriptors + CALLS / CRASH_EVERY);
  // Each host's twice: the session has it open, and the scope that reads it after a crash.
  expect([first.heaps - before.heaps, second.heaps - before.heaps]).to.deep.equal([4, 4]);
  expect(second.threads).to.be.at.most(first.threads + 1); // one may still be idle
  expect(second.processes).to.equal(2);
  expect(second.heap - first.heap).to.be.below(MOST_GROWTH);
}

/** Every host of two runs a task at a time, so both are up. */
async function allUp(pool: Pool): Promise<void> {
  let both!: () => void;
  const met = new Promise<void>((resolve) => {
    both = resolve;
  });
  let running = 0;
  const meet = async () => {
    if (++running === 2) both();
    await met;
  };
  const tasks: Promise<void>[] = [];
  for (let i = 0; i < 2; i++) {
    await pool.room();
    tasks.push(pool.run(meet));
  }
  await Promise.all(tasks);
}

type Open = ReturnType<typeof open>;

/** What this process has open. */
function open() {
  const descriptors = readdirSync("/proc/self/fd");
  const threads = readdirSync("/proc/self/task");
  return {
    descriptors: descriptors.length,
    threads: threads.length,
    heaps: descriptors.filter(isHeap).length,
    processes: threads.flatMap(childrenOf).length,
  };
}

function isHeap(descriptor: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).includes("ffiscope-heap");
  } catch {
    return false; // the one that the folder was read by
  }
}

function childrenOf(tid: string): string[] {
  try {
    return readFileSync(`/proc/self/task/${tid}/children`, "utf8").split(" ").filter(Boolean);
  } catch {
    return []; // the thread has ended
  }
}
