/** The results as Markdown. */
import { callCostsTable } from "../call-costs.mjs";
import { number, stopsPerMillion, times } from "./targets.mjs";

const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** ns as what a person reads. */
function duration(ns) {
  if (ns < 1e3) return `${number(ns, 0)} ns`;
  if (ns < 1e6) return `${number(ns / 1e3)} µs`;
  if (ns < 1e9) return `${number(ns / 1e6, 2)} ms`;
  return `${number(ns / 1e9, 2)} s`;
}

const short = (value) => (value >= 10_000 ? `${number(value / 1000, 0)}k` : number(value));
const ratio = (slow) => (slow ? (slow.failure ? "fails" : short(slow.ratio)) : "–");

function compared(cases) {
  return table(
    [
      "call",
      "accesses",
      "untraced",
      "warm",
      "CPU",
      "with tracer's",
      "foreign heap",
      "CPU",
      "cold",
      "reference",
      "classic",
      "lackey",
      "memcheck",
    ],
    cases.map((each) => {
      const { own, foreign, label } = each;
      const untraced = own.warm.wall.untraced.least;
      return [
        label,
        number(own.events),
        duration(untraced),
        `**${number(own.warm.ratio)}**`,
        number(own.warm.cpuRatio),
        number(own.bothRatio),
        `**${number(foreign.warm.ratio)}**`,
        number(foreign.warm.cpuRatio),
        short(own.cold.wallNs / untraced),
        ratio(each.reference),
        ratio(each.classic),
        ratio(each.lackey),
        ratio(each.memcheck),
      ];
    }),
  );
}

function engineWork(cases) {
  return table(
    [
      "call",
      "an access",
      "stops a call",
      "of an empty one",
      "per 10⁶ accesses",
      "foreign",
      "cold: stops",
      "translated",
      "translation",
      "events delivered after",
    ],
    cases.map((each) => {
      const { own, label } = each;
      const { traced, untraced } = own.warm.wall;
      return [
        label,
        traced.least > untraced.least
          ? duration((traced.least - untraced.least) / own.events)
          : "–",
        own.stops,
        own.emptyStops,
        perMillion(each, "own"),
        perMillion(each, "foreign"),
        own.cold.stats.stops,
        own.cold.stats.translated,
        `${number(own.cold.stats.translationMs)} ms`,
        `${number(own.deliveredMs)} ms`,
      ];
    }),
  );
}

/** Of calls with some hundred accesses it would say nothing. */
const perMillion = (each, side) =>
  each.own.events < 50_000 ? "–" : number(stopsPerMillion(each, side));

function bySize(series) {
  const sizes = [...new Set(series.flatMap(({ points }) => points.map(({ n }) => n)))];
  return table(
    ["accesses", ...series.map(({ name }) => name)],
    sizes.map((n) => [
      number(n),
      ...series.map(({ points }) => {
        const point = points.find((each) => each.n === n);
        return point ? duration(point.ns) : "–";
      }),
    ]),
  );
}

function coldText({ engines, lz4, translation }) {
  const first = engines.map(
    ({ n, sessions, auto, reference }) =>
      `| first call, ${number(n)} accesses (${sessions} sessions) | ${number(auto.durationMs.median)} ms, ${auto.stops} stops | ${number(reference.durationMs.median)} ms, ${reference.stops} stops |`,
  );
  const ways = translation.map(
    ({ name, usPerInstruction: us, translated, translationMs }) =>
      `${name} ${number(us.median)} µs an instruction (least ${number(us.least)}; ${number(translated)} in ${number(translationMs.median)} ms)`,
  );
  return `| fresh sessions, medians | fragments | reference |
| --- | --- | --- |
${first.join("\n")}

The first \`LZ4_compress_default\` of 1 MB in a fresh session: ${number(lz4.firstMs.median)} ms, of which translating ${lz4.translated}
instructions took ${number(lz4.translationMs.median)} ms; later ones ${number(lz4.warmMs.median)} ms. Of ${lz4.sessions} sessions the difference is ${number(lz4.overWarmMs.median)} ms in the median,
${number(lz4.overWarmMs.least)} ms at least.

Translation in a session that has run other code before: ${ways.join("; ")}.`;
}

export function reportText(results, command) {
  const { machine, loops, libraries, bySize: series, cold, billion, aside } = results;
  const { startUp, callCosts, targets } = results;
  const parts = [
    `# Benchmarks

Made by \`${command}\` on ${machine.cores} × ${machine.cpu}, Linux ${machine.kernel}, Node
${machine.node}, load average ${machine.load} at the start and ${machine.loadAfter} at the end,
in ${number(results.tookS, 0)} s. Both clocks are the called program's: the wall's, and its thread's own time,
in which other people's work and the tracer's are not. Ratios are of the least times of the rounds.
\`bench/results.json\` has medians and the rest.`,
    `## Targets

${table(
  ["what", "measured", "target", ""],
  targets.map(({ name, text, limitText, met }) => [name, text, limitText, met ? "met" : "NOT MET"]),
)}`,
  ];
  if (loops || libraries) {
    parts.push(`## Calls, side by side

All in times of the untraced call. CPU: the calling thread's own time; "with tracer's": and the
tracer's, all of its reading of the log included, beyond what an empty call takes: what a warm call
takes at most where nobody else uses the machine. **Warm**: a later call of a session, on our own heap;
**foreign heap**: a plain C client's; cold: the first call of a session; reference: \`--engine
reference\`; classic: a tracer in C that stops four times an access (\`bench/peers/classic.c\`). These two
are measured on small inputs and scaled by the number of accesses; the classic one cannot serve an
instruction that touches two pages. lackey (\`--trace-mem=yes\`, to
/dev/null) and memcheck: valgrind's, the call alone, on an input that may be smaller, against the same
untraced.

${compared([...(loops ?? []), ...(libraries ?? [])])}

What the engine did. "An access" is what each adds to the call; "events delivered after": from the
request to the last event.

${engineWork([...(loops ?? []), ...(libraries ?? [])])}`);
  }
  if (series) {
    parts.push(`## Cost by size

![Time of a call by the number of its accesses](benchmarks.svg)

${bySize(series)}`);
  }
  if (cold) parts.push(`## Cold\n\n${coldText(cold)}`);
  if (billion || aside) parts.push("## Extremes");
  if (billion) {
    parts.push(
      `${number(billion.n)} accesses in one call: ${duration(billion.wallNs)}, ${number(billion.stops)} stops, all events delivered after ${duration(billion.deliveredMs * 1e6)}; the supervisor had ${number(billion.peakMB, 0)} MB at most.`,
    );
  }
  if (aside) {
    parts.push(
      `${aside.events} bytes, spread over ${number(aside.instructions)} instructions that touch nothing: ${duration(aside.tracedNs)}, untraced ${duration(aside.untracedNs)} (${times(aside.ratio)}), ${aside.stops} stops.`,
    );
  }
  if (startUp) {
    parts.push(`## Start-up

\`ffiscope trace\` of an empty call takes ${number(startUp.traceMs, 0)} ms, ${number(startUp.ratio)} times \`node -e 0\` (${number(startUp.nodeMs, 0)} ms): it starts Node twice.`);
  }
  if (callCosts) {
    parts.push(`## A call that does nothing

From \`ffiscope_begin\` to the last event, in a plain C client, by the heap that it hands over:

${callCostsTable(callCosts)}`);
  }
  return `${parts.join("\n\n")}\n`;
}
