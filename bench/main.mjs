/**
 * `npm run bench`: what tracing costs on this machine. Prints a table and writes docs/benchmarks.md
 * and bench/results.json. Figures are medians; machines are noisy, so compare within one run.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArguments } from "../dist/cli/arguments/index.js";
import { parsePrototype } from "../dist/prototype/index.js";
import { traceCall } from "../dist/scope/index.js";
import { callCosts, callCostsTable } from "./call-costs.mjs";

const ROUNDS = 5;
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MAIN = join(ROOT, "dist/cli/main.js");

const CASES = [
  {
    name: "crc32 of 1,000 bytes",
    library: "libz.so.1",
    prototype: "ulong crc32(ulong crc, const uint8_t *buf, uint len)",
    args: ["0", "x".repeat(1000), "1000"],
  },
  {
    name: "memcpy of 8 KiB",
    library: "libc.so.6",
    prototype: "void *memcpy(void *dst, const void *src, size_t n)",
    args: ["out:8192", "x".repeat(8192), "8192"],
  },
  {
    name: "qsort of 100 integers",
    library: "libc.so.6",
    prototype:
      "void qsort(int *base, size_t n, size_t size, int (*cmp)(const void *, const void *))",
    args: [
      JSON.stringify(Array.from({ length: 100 }, (_, i) => (i * 7919) % 1000)),
      "100",
      "4",
      "cmp:i32",
    ],
  },
];

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const timed = (work) => {
  const start = performance.now();
  work();
  return performance.now() - start;
};

/** The call itself, from SIGSTOP to SIGUSR1, in a fresh host each. */
async function reference({ library, prototype, args }) {
  const signature = parsePrototype(prototype);
  const runs = [];
  for (let round = 0; round < ROUNDS; round++) {
    const parsed = parseArguments(signature, args, () => Buffer.alloc(0));
    runs.push((await traceCall({ library, signature, args: parsed, engine: "reference" })).record);
  }
  const durationMs = median(runs.map((run) => run.durationMs));
  return { durationMs, accesses: runs[0].log.total, stops: runs[0].stats.stops };
}

/** One traced command from the shell, against starting Node alone. */
function startUp() {
  const empty = ["trace", "libc.so.6", "int abs(int j)", "1"];
  const run = (words) => timed(() => execFileSync(process.execPath, words, { stdio: "ignore" }));
  const pairs = Array.from({ length: ROUNDS }, () => [run([MAIN, ...empty]), run(["-e", "0"])]);
  return {
    traceMs: median(pairs.map(([trace]) => trace)),
    nodeMs: median(pairs.map(([, node]) => node)),
    ratio: median(pairs.map(([trace, node]) => trace / node)),
  };
}

const results = {
  machine: { cpu: cpus()[0].model, cores: cpus().length, kernel: release(), node: process.version },
  calls: [],
};
for (const each of CASES) {
  results.calls.push({ name: each.name, ...(await reference(each)) });
  process.stderr.write(`${each.name}: done\n`);
}
results.startUp = startUp();
results.noOpCalls = callCosts();

const rows = results.calls.map(({ name, durationMs, accesses, stops }) => {
  const cost = (durationMs * 1000) / accesses;
  return `| ${name} | ${accesses} | ${stops} | ${durationMs.toFixed(1)} ms | ${cost.toFixed(0)} µs |`;
});
const { machine, startUp: start } = results;
const noOp = results.noOpCalls
  ? `
A traced call that does nothing, in a plain C client (median of 1,000), beside a C supervisor of the
classic kind, which spins on a core of its own (\`bench/peers/classic.c\`):

${callCostsTable(results.noOpCalls)}
`
  : "";
const text = `# Benchmarks

Made by \`npm run bench\` (medians of ${ROUNDS}, a fresh process each) on ${machine.cores} × ${machine.cpu}, Linux
${machine.kernel}, Node ${machine.node}. Timings are noisy: compare within a run.

The reference engine: it opens the memory, runs one instruction, and closes the memory again. The
call's own time, its first few milliseconds of translation included:

| call | accesses | stops | time | an access |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

Start-up: \`ffiscope trace\` of an empty call takes ${start.traceMs.toFixed(0)} ms, ${start.ratio.toFixed(1)} times \`node -e 0\`
(${start.nodeMs.toFixed(0)} ms): it starts Node twice.
${noOp}`;
writeFileSync(join(ROOT, "docs/benchmarks.md"), text);
writeFileSync(join(ROOT, "bench/results.json"), `${JSON.stringify(results, null, 2)}\n`);
process.stdout.write(text);
