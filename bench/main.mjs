/**
 * `npm run bench`: what tracing costs on this machine, beside others who do it. Writes
 * docs/benchmarks.md, docs/benchmarks.svg and bench/results.json, and prints the first.
 *
 *   npm run bench -- [--quick] [--only PART,...] [--case NAME,...]
 *
 * --quick: fewer rounds, for trying. --only: loops, libraries, size, cold, billion, aside, start, calls.
 * With --only or --case nothing is written. Needs gcc, zlib, lz4, bzip2 and SQLite; valgrind where it is.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { callCosts } from "./call-costs.mjs";
import { build, removeBuild } from "./lib/build.mjs";
import { costBySize } from "./lib/by-size.mjs";
import { LIBRARIES, LOOPS } from "./lib/cases.mjs";
import { cold } from "./lib/cold.mjs";
import { compare } from "./lib/compare.mjs";
import { fewAccesses } from "./lib/extremes.mjs";
import { plot } from "./lib/plot.mjs";
import { reportText } from "./lib/report.mjs";
import { startUp } from "./lib/start-up.mjs";
import { targetsOf } from "./lib/targets.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const start = performance.now();
const seconds = () => (performance.now() - start) / 1000;
const say = (text) => process.stderr.write(`${seconds().toFixed(0).padStart(4)} s  ${text}\n`);
const list = (text) => text?.split(",") ?? null;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    case: { type: "string" },
  },
});
const only = list(values.only);
const named = list(values.case);
const wants = (part) => !only || only.includes(part);
const how = {
  isQuick: values.quick,
  budgetMs: values.quick ? 2_000 : 8_000,
  has: { valgrind: spawnSync("valgrind", ["--version"]).status === 0 },
  say,
};
const load = () =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(", ");

async function compareAll(built, cases) {
  const results = [];
  for (const each of cases) {
    if (named && !named.includes(each.name)) continue;
    const result = await compare(built, each, how);
    if (each.name === "qsort") {
      const words = ["comparisons", String(each.n)];
      result.comparisons = Number(execFileSync(built.driver, words, { encoding: "utf8" }));
    }
    results.push(result);
    const { own, foreign, lackey } = result;
    const ratios = [own.warm.ratio, own.warm.cpuRatio, foreign.warm.ratio, foreign.warm.cpuRatio];
    const beside = lackey ? `, lackey ${lackey.ratio.toFixed(0)}` : "";
    say(`${each.name}: ${ratios.map((value) => value.toFixed(1)).join(" ")}${beside}`);
  }
  return results;
}

async function billion() {
  const script = join(ROOT, "bench/billion.mjs");
  const n = String(values.quick ? 1e8 : 1e9);
  const child = spawn(process.execPath, [script, n], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`bench/billion.mjs exited with ${code}`);
  say("billion");
  return JSON.parse(text);
}

async function measure(built) {
  const results = {
    machine: {
      cpu: cpus()[0].model,
      cores: cpus().length,
      kernel: release(),
      node: process.version,
      load: load(),
    },
  };
  if (wants("start")) results.startUp = startUp(how);
  if (wants("loops")) results.loops = await compareAll(built, LOOPS);
  if (wants("libraries")) results.libraries = await compareAll(built, LIBRARIES);
  if (wants("cold")) results.cold = cold(built, how);
  if (wants("aside")) results.aside = await fewAccesses(built, how);
  if (wants("size")) results.bySize = await costBySize(built, how);
  if (wants("billion")) results.billion = await billion();
  if (wants("calls")) results.callCosts = callCosts();
  results.machine.loadAfter = load();
  results.tookS = seconds();
  results.targets = targetsOf(results);
  return results;
}

const built = build();
// A signal does not run `finally`; the children have EXITKILL, or die of their closed pipes.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    removeBuild(built);
    process.exit(1);
  });
}
try {
  const results = await measure(built);
  const command = `npm run bench${values.quick ? " -- --quick" : ""}`;
  const text = reportText(results, command);
  if (!only && !named) {
    writeFileSync(join(ROOT, "docs/benchmarks.md"), text);
    writeFileSync(
      join(ROOT, "docs/benchmarks.svg"),
      plot(results.bySize, "Time of a call by the number of its accesses"),
    );
    writeFileSync(join(ROOT, "bench/results.json"), `${JSON.stringify(results, null, 2)}\n`);
  }
  process.stdout.write(text);
} finally {
  removeBuild(built);
}
