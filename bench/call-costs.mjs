/**
 * What a traced call costs that does nothing, in a plain C client, beside a supervisor of the classic
 * kind (peers/classic.c): by how many pages and mappings the client hands over. Compiles both with
 * gcc. The classic supervisor spins, so it never waits to be woken, and takes a core for that.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAIN = join(ROOT, "dist/cli/main.js");
const PEERS = join(ROOT, "bench/peers");
const CLIENT = join(ROOT, "clients/c");

const CALLS = "1000";
const HEAPS = [
  { name: "1 page", pages: "1", mappings: "1" },
  { name: "4096 pages in one mapping", pages: "4096", mappings: "1" },
  { name: "1024 mappings of a page", pages: "1", mappings: "1024" },
];

/** Medians of 1,000 calls each, in µs; null where there is no compiler. */
export function callCosts() {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-bench-"));
  const output = (name) => join(folder, name);
  const compile = (name, ...words) =>
    execFileSync("gcc", ["-O2", "-o", output(name), join(PEERS, `${name}.c`), ...words]);
  try {
    compile("classic");
    compile("no-op", `-I${CLIENT}`, join(CLIENT, "ffiscope.c"), "-pthread");
    const median = (command, guard, { pages, mappings }) => {
      const words = [output("no-op"), guard, pages, mappings, CALLS, "0"];
      const printed = execFileSync(command[0], [...command.slice(1), ...words]);
      return Number(printed) / 1000;
    };
    const supervise = [process.execPath, MAIN, "run", "--"];
    return HEAPS.map((heap) => ({
      name: heap.name,
      ffiscope: median(supervise, "there", heap),
      classic: median([output("classic")], "here", heap),
    }));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** As a table of Markdown. */
export function callCostsTable(costs) {
  const rows = costs.map(
    ({ name, ffiscope, classic }) =>
      `| ${name} | ${ffiscope.toFixed(0)} µs | ${classic.toFixed(0)} µs | ${(ffiscope / classic).toFixed(1)} |`,
  );
  return ["| heap | ffiscope | classic | ratio |", "| --- | --- | --- | --- |", ...rows].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const costs = callCosts();
  process.stdout.write(costs ? `${callCostsTable(costs)}\n` : "there is no gcc\n");
}
