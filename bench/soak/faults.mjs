/**
 * Sessions in numbers, most of which something happens to (trials.mjs), so many at once and for so
 * long. After each round everything comes to rest, and is looked at; record.mjs has
 * where the figures go.
 */
import { growth } from "./growth.mjs";
import { machine, mostOf, record } from "./record.mjs";
import { timePlot } from "./time-plot.mjs";
import { TRIALS } from "./trials.mjs";
import { MEASURES, usage, usageAtRest } from "./usage.mjs";

/** Of a round: each place takes so many sessions, one after the other. */
const TURNS = 2;
/** While a round is under way, in ms. */
const SAMPLE_MS = 500;

/** What is written of what went wrong; the rest is counted. */
const MOST_PROBLEMS = 20;

export async function soakWithFaults({ seconds, atOnce, seed, out }) {
  const random = randomFrom(seed);
  const names = Object.keys(TRIALS);
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  const problems = [];
  const [peaks, rests] = [[], []];
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  const say = (text) => process.stderr.write(`${elapsed().toFixed(0).padStart(5)} s  ${text}\n`);
  say(`seed ${seed}, ${atOnce} at once, ${seconds} s`);

  const place = async () => {
    for (let turn = 0; turn < TURNS; turn++) {
      const name = names[Math.floor(random() * names.length)];
      try {
        await TRIALS[name](random);
        counts[name]++;
      } catch (error) {
        problems.push(`${name}: ${error.stack}${error.cause ? `\n  by ${error.cause.stack}` : ""}`);
        say(problems.at(-1));
      }
    }
  };
  const before = await usageAtRest();
  while (rests.length === 0 || elapsed() < seconds) {
    const peak = { ...usage() };
    const timer = setInterval(() => {
      for (const [name, value] of Object.entries(usage())) peak[name] = Math.max(peak[name], value);
    }, SAMPLE_MS);
    await Promise.all(Array.from({ length: atOnce }, place));
    clearInterval(timer);
    peaks.push({ at: elapsed(), ...peak });
    rests.push({ at: elapsed(), ...(await usageAtRest()) });
    say(`${total(counts)} sessions; at rest ${textOf(rests.at(-1))}`);
  }
  for (const sentence of growth(rests)) problems.push(sentence);
  const last = rests.at(-1);
  if (last.processes > before.processes) problems.push(`${last.processes} processes are left`);

  const title = `${total(counts)} sessions in ${elapsed().toFixed(0)} s, ${atOnce} at once, faults on`;
  const result = {
    ...{ title, machine: machine(), seed, atOnce, seconds: elapsed(), counts },
    problems: problems.slice(0, MOST_PROBLEMS),
    ...{ before, most: mostOf(peaks), after: last, peaks, rests },
  };
  const series = [
    { name: "peak", points: peaks },
    { name: "rest", points: rests },
  ];
  record("soak", result, timePlot(MEASURES, series, title, "seconds"), out);
  console.log(
    `${title}: ${Object.entries(counts)
      .map(([name, n]) => `${n} ${name}`)
      .join(", ")}`,
  );
  console.log(`before ${textOf(before)}\nafter  ${textOf(last)}`);
  for (const problem of problems) console.log(`problem: ${problem}`);
  return problems.length === 0;
}

const total = (counts) => Object.values(counts).reduce((sum, count) => sum + count, 0);

const textOf = (sample) =>
  MEASURES.map(({ name, unit }) => `${name} ${sample[name].toFixed(0)} ${unit}`.trim()).join(", ");

/** mulberry32, from 0 to 1: which trials there are and when their faults come is the seed's. */
function randomFrom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
