/** What a call costs by the number of its accesses: reads of 1 MiB, over and over. */
import { alone, underClassic, underLackey } from "./driver.mjs";
import { least } from "./figures.mjs";
import { withHost } from "./host.mjs";

const NAME = "sweep";
const powers = (to) => Array.from({ length: to - 1 }, (_, i) => 10 ** (i + 2));
const MAX = { untraced: 8, ffiscope: 8, reference: 3, classic: 4, lackey: 6 };
/** Above this, a call is made once. */
const OFTEN = 1_000_000;

const leastWall = (runs) => least(runs.map(({ wallNs }) => wallNs));

async function inHost(built, sizes, options, traced) {
  return withHost(built, options, async (host) => {
    const points = [];
    // The engine is warm before the first point.
    for (let i = 0; i < 3; i++) await host.call(NAME, 1000, { traced });
    for (const n of sizes) {
      const runs = [];
      const count = options.engine === "reference" || n > OFTEN ? 1 : 3;
      for (let i = 0; i < count; i++) runs.push(await host.call(NAME, n, { traced }));
      points.push({ n, ns: leastWall(runs), events: runs[0].events });
    }
    return points;
  });
}

function inDriver(tool, built, sizes, property) {
  return sizes.flatMap((n) => {
    const runs = tool(built, { name: NAME, n, count: n > OFTEN ? 1 : 2 });
    return runs ? [{ n, ns: leastWall(runs.map((run) => run[property])) }] : [];
  });
}

/** @returns {{ name: string, points: { n: number, ns: number }[] }[]} */
export async function costBySize(built, { has, isQuick, say }) {
  const sizes = (who) => powers(isQuick ? Math.min(MAX[who], 7) : MAX[who]);
  const series = [];
  const add = (name, points) => {
    say(`by size: ${name}`);
    series.push({ name, points });
  };
  add("untraced", inDriver(alone, built, sizes("untraced"), "untraced"));
  add("ffiscope, warm", await inHost(built, sizes("ffiscope"), {}, true));
  add(
    "ffiscope, reference",
    await inHost(built, sizes("reference"), { engine: "reference" }, true),
  );
  add("classic tracer", inDriver(underClassic, built, sizes("classic"), "traced"));
  if (has.valgrind) add("lackey", inDriver(underLackey, built, sizes("lackey"), "untraced"));
  return series;
}
