/** One case, side by side: everybody who can run it, in one go. */
import { alone, underClassic, underFfiscope, underLackey, underMemcheck } from "./driver.mjs";
import { least, median, summary } from "./figures.mjs";
import { withHost } from "./host.mjs";

/** Rounds of a case: as many as its time allows, for the least of many is what others disturb least. */
const MIN_ROUNDS = 5;
const MAX_ROUNDS = 60;

/** `wall`, `cpu` in ns; `ratio`: of the least times; `ratioMedian`: the median of the pairs'. */
function paired(untraced, traced) {
  const cpuRatios = traced.map(({ cpuNs }, i) => cpuNs / untraced[i].cpuNs);
  const wallRatios = traced.map(({ wallNs }, i) => wallNs / untraced[i].wallNs);
  const wall = { untraced: summary(untraced, "wallNs"), traced: summary(traced, "wallNs") };
  const cpu = { untraced: summary(untraced, "cpuNs"), traced: summary(traced, "cpuNs") };
  return {
    wall,
    cpu,
    ratio: wall.traced.least / wall.untraced.least,
    ratioMedian: median(wallRatios),
    cpuRatio: cpu.traced.least / cpu.untraced.least,
    cpuRatioMedian: median(cpuRatios),
  };
}

/** Our own heap: the built-in host, one session, untraced and traced in turns. */
async function ownHeap(built, { name, n }, { budgetMs }) {
  return withHost(built, {}, async (host) => {
    const untraced = [];
    const traced = [];
    const until = performance.now() + budgetMs;
    const isEnough = (rounds) =>
      rounds > MAX_ROUNDS || (rounds > MIN_ROUNDS && performance.now() > until);
    while (!isEnough(traced.length)) {
      host.load(name, n);
      untraced.push(await host.call(name, n, { traced: false }));
      host.load(name, n);
      traced.push(await host.call(name, n));
    }
    const cold = traced.shift();
    untraced.shift();
    const last = traced.at(-1);
    const warm = paired(untraced, traced);
    const tracer = (runs) => median(runs.map(({ tracerNs }) => tracerNs));
    const tracerNs = Math.max(0, tracer(traced) - tracer(untraced));
    return {
      rounds: traced.length,
      cold,
      warm,
      // Of both, as if one ran after the other, and nobody else did.
      tracerNs,
      bothRatio: (warm.cpu.traced.median + tracerNs) / warm.cpu.untraced.median,
      stops: median(traced.map(({ stats }) => stats.stops)),
      emptyStops: median(untraced.map(({ stats }) => stats.stops)),
      events: last.events,
      deliveredMs: median(traced.map(({ deliveredMs }) => deliveredMs)),
      stats: last.stats,
    };
  });
}

let foreignEmpty = null;

/** Stops of a call that does nothing, in a plain client; measured once. */
async function stopsOfEmptyCall(built) {
  foreignEmpty ??= underFfiscope(built, { name: "empty", n: 1, count: 5 });
  return median((await foreignEmpty).slice(1).map(({ stats }) => stats.stops));
}

async function foreignHeap(built, { name, n }, rounds) {
  const all = await underFfiscope(built, { name, n, count: rounds + 1 });
  const [cold, ...warm] = all;
  return {
    cold,
    warm: paired(
      warm.map(({ untraced }) => untraced),
      warm.map(({ traced }) => traced),
    ),
    stops: median(warm.map(({ stats }) => stats.stops)),
    emptyStops: await stopsOfEmptyCall(built),
    events: warm.at(-1).events,
    stats: warm.at(-1).stats,
  };
}

/** Stops an access at every one: measured on few, per access. */
async function referenceEngine(built, { name, few }) {
  return withHost(built, { engine: "reference" }, async (host) => {
    host.load(name, few);
    await host.call(name, few);
    host.load(name, few);
    const { wallNs, events, stats } = await host.call(name, few);
    return { n: few, wallNs, events, nsPerEvent: wallNs / events, stops: stats.stops };
  });
}

/** It cannot serve an instruction that touches two pages (`rep movsb`): then its `failure`. */
function classicTracer(built, { name, few }) {
  let runs;
  try {
    runs = underClassic(built, { name, n: few, count: 2 });
  } catch (error) {
    return { n: few, failure: error.message };
  }
  const run = runs?.at(-1);
  if (!run || run.events === 0) return null;
  const { wallNs } = run.traced;
  return { n: few, wallNs, events: run.events, nsPerEvent: wallNs / run.events };
}

/** A tool that runs all of the program: its own time for the call, against the same n alone. */
function wholeProgram(tool, built, { name, some }) {
  const runs = tool(built, { name, n: some, count: 2 });
  if (runs === null) return null;
  const bare = alone(built, { name, n: some, count: 5 });
  const wallNs = least(runs.map(({ untraced }) => untraced.wallNs));
  const cpuNs = least(runs.map(({ untraced }) => untraced.cpuNs));
  return {
    n: some,
    wallNs,
    ratio: wallNs / least(bare.map(({ untraced }) => untraced.wallNs)),
    cpuRatio: cpuNs / least(bare.map(({ untraced }) => untraced.cpuNs)),
  };
}

/**
 * @param {{ budgetMs: number, has: { valgrind: boolean } }} how
 * Per access figures become ratios by the number of accesses of the whole call.
 */
export async function compare(built, each, how) {
  const own = await ownHeap(built, each, how);
  const foreign = await foreignHeap(built, each, own.rounds);
  const scaled = (slow) =>
    slow?.nsPerEvent
      ? { ...slow, ratio: (slow.nsPerEvent * own.events) / own.warm.wall.untraced.least }
      : slow;
  return {
    ...each,
    own,
    foreign,
    reference: scaled(await referenceEngine(built, each)),
    classic: scaled(classicTracer(built, each)),
    lackey: how.has.valgrind ? wholeProgram(underLackey, built, each) : null,
    memcheck: how.has.valgrind ? wholeProgram(underMemcheck, built, each) : null,
  };
}
