import { expect } from "chai";
import { CallError, out, Pool, type TracedCall } from "ffiscope";
import { callError, fixtureLibrary, rejection } from "../scope/support.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";

describe("a pool", () => {
  before(function () {
    needsCompiler(this);
  });

  afterEach(() => expectNothingLeft());

  it("makes 1,000 calls over 4 hosts where every tenth crashes: 900 results, 100 errors", async function () {
    this.timeout(240_000);
    await using pool = await Pool.open({ hosts: 4, maxQueue: 16, startTimeout: 60_000 });
    const lib = await pool.load(fixtureLibrary());
    const crashIf = lib.func("void crash_if(int crash)");
    const calls: Promise<PromiseSettledResult<TracedCall>>[] = [];
    for (let i = 1; i <= 1000; i++) {
      await pool.room();
      calls.push(Promise.allSettled([crashIf(i % 10 === 0 ? 1 : 0)]).then(([only]) => only!));
    }
    const settled = await Promise.all(calls);
    const errors = settled.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
    expect(settled.filter(({ status }) => status === "fulfilled")).to.have.length(900);
    expect(errors).to.have.length(100);
    for (const error of errors) {
      expect(error).to.be.instanceOf(CallError);
      expect(error).to.deep.include({ code: "CALL_CRASHED", signal: "SIGABRT" });
    }
    const { stats } = pool;
    expect(stats).to.deep.include({ completed: 901, failed: 100, crashed: 100, queued: 0 });
    expect(stats.restarts).to.be.within(96, 100);
    expect(stats.runTime.count).to.equal(1001);
    expect(stats.runTime.p50).to.be.within(stats.runTime.min, stats.runTime.p99);
    expect(stats.waitTime.max).to.be.at.least(stats.waitTime.mean);
  });

  it("gives each call what it writes", async () => {
    await using pool = await Pool.open({ hosts: 2 });
    const lib = await pool.load(fixtureLibrary());
    const copy = lib.func("void copy(char *dst, const char *src, int n)");
    const texts = ["one", "two", "six", "ten"];
    const calls = await Promise.all(texts.map((text) => copy(out(3), text, 3)));
    const written = calls.map(({ buffers }) => Buffer.from(buffers[0]!.content!).toString());
    expect(written).to.deep.equal(texts);
  });

  it("gives a task a scope of its own, and its hosts run in parallel", async () => {
    await using pool = await Pool.open({ hosts: 2 });
    const pids = new Set<number | null>();
    let both!: () => void;
    const met = new Promise<void>((resolve) => {
      both = resolve;
    });
    const task = async () =>
      pool.run(async (scope) => {
        pids.add(scope.pid);
        if (pids.size === 2) both();
        await met;
        await using buffer = await scope.alloc(8);
        return buffer.size;
      });
    expect(await Promise.all([task(), task()])).to.deep.equal([8, 8]);
    expect(pids.size).to.equal(2);
  });

  it("refuses more tasks than may wait, and tells when there is room", async () => {
    await using pool = await Pool.open({ hosts: 1, maxQueue: 2 });
    const held = hold();
    const running = pool.run(() => held.promise);
    const waiting = [pool.run(async () => 1), pool.run(async () => 2)];
    expect(pool.stats).to.deep.include({ busy: 1, idle: 0, queued: 2 });
    expect(pool.needsDrain).to.equal(true);
    expect(await rejection(pool.run(async () => 3))).to.deep.include({ code: "POOL_FULL" });
    const drained = new Promise<void>((resolve) => pool.once("drain", resolve));
    const roomy = pool.room().then(() => pool.stats.queued);
    held.release();
    expect(await roomy).to.be.below(2);
    await drained;
    expect(await Promise.all(waiting)).to.deep.equal([1, 2]);
    await running;
  });

  it("ends what is cancelled, waiting or running, and what takes too long", async () => {
    await using pool = await Pool.open({ hosts: 1 });
    const lib = await pool.load(fixtureLibrary());
    const wait = lib.func("void wait_for_ever(void)");
    const [first, second] = [new AbortController(), new AbortController()];
    const runs = callError(wait({ signal: first.signal }));
    const waits = callError(wait({ signal: second.signal }));
    second.abort();
    expect(await waits).to.deep.include({ code: "CANCELLED", call: null });
    first.abort();
    expect(await runs).to.deep.include({ code: "CANCELLED", isCanceled: true });
    expect(await callError(wait({ timeout: 50 }))).to.deep.include({ timedOut: true });
    expect(pool.stats).to.deep.include({ cancelled: 2, timedOut: 1, failed: 3 });
    expect((await lib.func("int count(void)")()).outcome).to.equal("returned");
  });

  it("that is closed lets what was asked for settle", async () => {
    const pool = await Pool.open({ hosts: 2 });
    const lib = await pool.load(fixtureLibrary());
    const count = lib.func("int count(void)");
    const calls = Array.from({ length: 6 }, () => count());
    await pool.close();
    expect((await Promise.all(calls)).map(({ outcome }) => outcome)).to.deep.equal(
      Array(6).fill("returned"),
    );
    expect(await callError(count())).to.deep.include({ code: "POOL_CLOSED" });
  });

  it("that is destroyed ends what runs and refuses what waits", async () => {
    const pool = await Pool.open({ hosts: 2 });
    const lib = await pool.load(fixtureLibrary());
    const wait = lib.func("void wait_for_ever(void)");
    const calls = Array.from({ length: 4 }, () => callError(wait()));
    await pool.destroy();
    for (const call of calls) {
      expect(await call).to.deep.include({ code: "POOL_CLOSED", isCanceled: true });
    }
  });

  it("does not open where a host cannot come up", async () => {
    const opened = Pool.open({ hosts: 2, startTimeout: 1 });
    expect(await rejection(opened)).to.deep.include({ code: "START_TIMEOUT" });
  });
});

/** A promise that is settled from outside. */
function hold() {
  let release!: () => void;
  const promise = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}
