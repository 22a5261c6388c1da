/**
 * `npm run soak -- --floods [NAME,...]`: as much as there is of one thing (soak/flood-kinds.mjs), each
 * in a process of its own, whose time, memory, descriptors and threads are plotted;
 * soak/record.mjs has where the figures go. `--scale 0.01` takes a hundredth, for trying.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { FLOODS } from "./soak/flood-kinds.mjs";
import { machine, mostOf, record } from "./soak/record.mjs";
import { timePlot } from "./soak/time-plot.mjs";
import { MEASURES, usage, usageAtRest } from "./soak/usage.mjs";

/** What is left once a flood is over, at most; memory in MiB: V8 and malloc keep what they had. */
const MOST_LEFT = { threads: 1, descriptors: 2, processes: 0, rss: 200, heap: 16, buffers: 16 };
/** While it goes on, from its first sample to its last; not of what is to grow with it. */
const MOST_GROWTH = { threads: 2, descriptors: 4, processes: 1, heap: 32, buffers: 64, rss: 300 };

/** Of {@link FLOODS}, those whose usage grows with their number: what is left counts. */
const GROWING = new Set(["together", "heap"]);

const TIME = { name: "time", unit: "s" };

/** Whether all went well. */
export async function floods({ named, scale, out }) {
  const unknown = named.filter((name) => !(name in FLOODS));
  if (unknown.length > 0) {
    console.error(`no flood ${unknown.join(", ")}: there are ${Object.keys(FLOODS).join(", ")}`);
    return false;
  }
  let isWell = true;
  for (const name of named.length > 0 ? named : Object.keys(FLOODS)) {
    const args = [fileURLToPath(import.meta.url), name, `${scale}`, ...(out ? [out] : [])];
    const child = spawn(process.execPath, args, { stdio: "inherit" });
    const [code] = await once(child, "close");
    isWell &&= code === 0;
  }
  return isWell;
}

/** One flood, in this process. */
async function flood(name, scale, out) {
  const { run, unit, count: whole, again = false } = FLOODS[name];
  const count = Math.max(2, Math.round(whole * scale));
  if (again) await run(count, () => {}); // what the second round leaves counts
  const before = await usageAtRest();
  const points = [];
  const startedAt = performance.now();
  await run(count, (at) => {
    points.push({ at, time: (performance.now() - startedAt) / 1000, ...usage() });
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await usageAtRest();

  const exceeded = (from, to, most, when) =>
    Object.entries(most)
      .filter(([measure, limit]) => to[measure] - from[measure] > limit)
      .map(
        ([measure]) =>
          `${measure} ${when} from ${from[measure].toFixed(0)} to ${to[measure].toFixed(0)}`,
      );
  const problems = [
    ...exceeded(before, after, MOST_LEFT, "was left to grow"),
    ...(GROWING.has(name) ? [] : exceeded(points[0], points.at(-1), MOST_GROWTH, "grew")),
  ];
  const title = `${count.toLocaleString("en")} ${unit}: ${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const result = {
    ...{ title, machine: machine(), count, unit, seconds, problems },
    ...{ before, most: mostOf(points), after, points },
  };
  const series = [{ name: "peak", points }];
  record(name, result, timePlot([TIME, ...MEASURES], series, title, unit), out);
  console.log(title);
  for (const [when, sample] of Object.entries({ before, last: points.at(-1), after })) {
    const texts = MEASURES.map(
      (measure) => `${measure.name} ${sample[measure.name].toFixed(0)} ${measure.unit}`,
    );
    console.log(`  ${when.padEnd(6)} ${texts.join(", ")}`);
  }
  for (const problem of problems) console.log(`  problem: ${problem}`);
  return problems.length === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, scale, out] = process.argv.slice(2);
  process.exitCode = (await flood(name, Number(scale), out)) ? 0 : 1;
}
