/** A call of a billion accesses, and one that makes a hundred in a billion instructions. */
import { readFileSync } from "node:fs";
import { least, median } from "./figures.mjs";
import { withHost } from "./host.mjs";

const BILLION = 1_000_000_000;

/** The most memory that this process, the supervisor, has had; in MB. */
function peakMemory() {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"));
  return (Number(kilobytes) * 1024) / 1e6;
}

/** In a process of its own, whose memory is what is measured: see billion.mjs. */
export async function manyAccesses(built, n) {
  return withHost(built, {}, async (host) => {
    const { wallNs, durationMs, deliveredMs, events, stats } = await host.call("sweep", n);
    return { n, wallNs, durationMs, deliveredMs, events, stops: stats.stops, peakMB: peakMemory() };
  });
}

export async function fewAccesses(built, { isQuick, say }) {
  const n = isQuick ? BILLION / 10 : BILLION;
  const pairs = await withHost(built, {}, async (host) => {
    const runs = [];
    for (let i = 0; i < 6; i++) {
      const untraced = await host.call("aside", n, { traced: false });
      runs.push([untraced, await host.call("aside", n)]);
    }
    return runs.slice(1);
  });
  say("100 bytes in 10^9 instructions");
  const walls = (which) => pairs.map((pair) => pair[which].wallNs);
  const cpus = (which) => pairs.map((pair) => pair[which].cpuNs);
  const { events, stats } = pairs.at(-1)[1];
  return {
    instructions: n,
    events,
    stops: stats.stops,
    untracedNs: least(walls(0)),
    tracedNs: least(walls(1)),
    ratio: least(walls(1)) / least(walls(0)),
    ratioMedian: median(pairs.map(([untraced, traced]) => traced.wallNs / untraced.wallNs)),
    cpuRatio: least(cpus(1)) / least(cpus(0)),
  };
}
