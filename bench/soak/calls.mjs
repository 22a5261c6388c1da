/**
 * `npm run soak` without options: 10,000 calls over 4 hosts, one in 100 of which crashes, and what is left of them in
 * this process: threads, descriptors, child processes, memory. Prints a table and writes
 * bench/soak/calls.json. Exits with 1 where something has grown. CALLS, HOSTS and CRASH_EVERY may be set.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Pool } from "../../dist/index.js";

const CALLS = Number(process.env.CALLS ?? 10_000);
const HOSTS = Number(process.env.HOSTS ?? 4);
const CRASH_EVERY = Number(process.env.CRASH_EVERY ?? 100);
const SAMPLES = 10;

/** More than this, in bytes a call, is a leak: a call's own record is a few KB, and 10,000 of them tens of MB. */
const MOST_HEAP_GROWTH = 256;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

function childrenOfThis() {
  return readdirSync("/proc/self/task").flatMap((tid) => {
    try {
      return readFileSync(`/proc/self/task/${tid}/children`, "utf8").split(" ").filter(Boolean);
    } catch {
      return []; // the thread has ended
    }
  }).length;
}

function sample(calls) {
  collect();
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    calls,
    threads: readdirSync("/proc/self/task").length,
    descriptors: readdirSync("/proc/self/fd").length - 1, // its own
    processes: childrenOfThis(),
    rssMiB: rss / 2 ** 20,
    heapKiB: heapUsed / 1024,
    buffersKiB: arrayBuffers / 1024,
  };
}

const before = sample(0);
const pool = await Pool.open({ hosts: HOSTS, maxQueue: 2 * HOSTS });
const zlib = await pool.load("libz.so.1");
const libc = await pool.load("libc.so.6");
const crc32 = zlib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
const abort = libc.func("void abort(void)");
const bytes = Buffer.from("hello");

/** One task for each host, at the same time: those that were being started again are up. */
async function allUp() {
  let running = 0;
  let meet;
  const met = new Promise((resolve) => {
    meet = resolve;
  });
  const task = async () => {
    if (++running === HOSTS) meet();
    await met;
  };
  await Promise.all(Array.from({ length: HOSTS }, () => pool.run(task)));
}

const counts = { returned: 0, crashed: 0, other: 0 };
const tally = (error) => {
  if (!error) counts.returned++;
  else if (error.code === "CALL_CRASHED") counts.crashed++;
  else counts.other++;
};
const samples = [];
const startedAt = performance.now();
for (let done = 0; done < CALLS; ) {
  const open = [];
  for (const until = done + CALLS / SAMPLES; done < until; done++) {
    await pool.room();
    const call = (done + 1) % CRASH_EVERY === 0 ? abort() : crc32(0, bytes, bytes.length);
    open.push(call.then(() => tally(), tally));
  }
  await Promise.all(open);
  await allUp();
  samples.push(sample(done));
  process.stderr.write(`${done} calls\n`);
}
const seconds = (performance.now() - startedAt) / 1000;
const { stats } = pool;
await pool.close();
await new Promise((resolve) => setTimeout(resolve, 2_000)); // idle threads end after a second
const after = sample(CALLS);

// The first half also makes what V8 keeps of code that has become hot.
const half = samples[SAMPLES / 2 - 1];
const last = samples.at(-1);
const heapGrowth = ((last.heapKiB - half.heapKiB) * 1024) / (last.calls - half.calls);
const problems = [
  counts.other > 0 && `${counts.other} calls ended in another way`,
  after.processes > before.processes && `${after.processes} processes are left`,
  after.descriptors > before.descriptors + 2 && `${after.descriptors} descriptors are open`,
  after.threads > before.threads + 1 && `${after.threads} threads are left`,
  heapGrowth > MOST_HEAP_GROWTH && `the heap grows by ${heapGrowth.toFixed(0)} bytes a call`,
].filter(Boolean);

const row = (name, { calls, ...rest }) =>
  `${name.padEnd(14)}${Object.values(rest)
    .map((value) => value.toFixed(0).padStart(12))
    .join("")}`;
const names = ["threads", "descriptors", "processes", "RSS MiB", "heap KiB", "buffers KiB"];
console.log(`${"".padEnd(14)}${names.map((name) => name.padStart(12)).join("")}`);
console.log(row("before", before));
for (const each of samples) console.log(row(`${each.calls} calls`, each));
console.log(row("closed", after));
const { runTime, restarts } = stats;
console.log(
  `${counts.returned} returned, ${counts.crashed} crashed, ${restarts} restarts in ${seconds.toFixed(0)} s; ` +
    `a call takes ${runTime.p50.toFixed(1)} ms (p50), ${runTime.p99.toFixed(1)} ms (p99); ` +
    `the heap grows by ${heapGrowth.toFixed(1)} bytes a call`,
);
const results = { hosts: HOSTS, crashEvery: CRASH_EVERY, counts, restarts, seconds, runTime };
const path = join(fileURLToPath(new URL(".", import.meta.url)), "calls.json");
const whole = { ...results, heapGrowth, before, samples, after };
writeFileSync(path, `${JSON.stringify(whole, null, 2)}\n`);
for (const problem of problems) console.log(`leak: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
