/** What is to hold, each judged by the figures of the run that it stands in. */
import { median } from "./figures.mjs";

const number = (value, digits = 1) =>
  value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: 0 });
const times = (value) => `${number(value)} ×`;

/** `limit` is the most that is allowed, or, with `atLeast`, the least. */
const target = (name, value, limit, unit, { atLeast = false, digits = 1 } = {}) => ({
  name,
  value,
  limit,
  atLeast,
  text: `${number(value, digits)}${unit}`,
  limitText: `${atLeast ? "≥" : "≤"} ${number(limit)}${unit}`,
  met: atLeast ? value >= limit : value <= limit,
});

const worst = (cases, of) => cases.reduce((a, b) => (of(b) > of(a) ? b : a));

function loopTargets(loops) {
  return ["own", "foreign"].flatMap((side) => {
    const heap = side === "own" ? "own heap" : "a foreign client's heap";
    const ratio = (each) => each[side].warm.ratio;
    const stops = (each) => stopsPerMillion(each, side);
    const slowest = worst(loops, ratio);
    const stopped = worst(loops, stops);
    return [
      target(`warm loops, ${heap}: the slowest (${slowest.name})`, ratio(slowest), 4, " ×"),
      target(
        `stops per 10⁶ accesses beyond an empty call's, ${heap}: most (${stopped.name})`,
        stops(stopped),
        10,
        "",
      ),
    ];
  });
}

/** Without those that a call costs whatever it does. */
export function stopsPerMillion(each, side) {
  const { stops, emptyStops, events } = each[side];
  return ((stops - emptyStops) * 1e6) / events;
}

function libraryTargets(libraries) {
  const ratio = ({ own }) => own.warm.ratio;
  const slowest = worst(libraries, ratio);
  const all = median(libraries.map(ratio));
  const targets = [
    target(`real work, warm: the slowest (${slowest.name})`, ratio(slowest), 5, " ×"),
    target("real work, warm: the median", all, 3, " ×"),
  ];
  const beside = libraries.filter(({ lackey }) => lackey);
  if (beside.length > 0) {
    const faster = (each) => each.lackey.ratio / ratio(each);
    const least = worst(beside, (each) => -faster(each));
    const name = `faster than lackey: the least (${least.name})`;
    targets.push(target(name, faster(least), 100, " ×", { atLeast: true }));
  }
  return targets;
}

function sortTarget({ own, comparisons }) {
  const stops = own.stops - own.emptyStops;
  const name = `qsort: stops per 1,000 of ${number(comparisons)} comparisons`;
  return target(name, (stops * 1000) / comparisons, 1, "", { digits: 3 });
}

function coldTargets({ engines, lz4, translation }) {
  const slowest = worst(translation, ({ usPerInstruction }) => usPerInstruction.median);
  const { usPerInstruction } = slowest;
  return [
    target(`translation, engine loaded (${slowest.name})`, usPerInstruction.median, 10, " µs"),
    target("first LZ4_compress_default over warm", lz4.overWarmMs.median, 30, " ms"),
    ...engines.map(({ n, auto, reference }) =>
      target(
        `first call of ${number(n)} accesses, against the reference engine`,
        auto.durationMs.median / reference.durationMs.median,
        1,
        " ×",
        { digits: 2 },
      ),
    ),
  ];
}

/** Of what the run has: `npm run bench -- --only` leaves out the rest. */
export function targetsOf({ loops, libraries, cold, billion, aside }) {
  const sort = libraries?.find(({ name }) => name === "qsort");
  return [
    ...(loops?.length ? loopTargets(loops) : []),
    ...(libraries?.length ? libraryTargets(libraries) : []),
    ...(sort ? [sortTarget(sort)] : []),
    ...(cold ? coldTargets(cold) : []),
    ...(billion
      ? [target(`supervisor's memory, ${number(billion.n)} accesses`, billion.peakMB, 500, " MB")]
      : []),
    ...(aside ? [target("100 bytes in other work", aside.ratio, 1.1, " ×", { digits: 3 })] : []),
  ];
}

export { number, times };
