import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../support/fixtures.js";

/** Test files that one process runs: paths in .test-build/. */
export type Batch = readonly string[];

/** Most of their tests start processes: a file is a batch. The other folders' take no time. */
const BY_FILE = /^(?:cli|clients|engine|fragments|kernel|machines|oracle|project|scenarios|x86)\//;

/** What takes longest, in this order: what begins last ends last. */
export const LONGEST: readonly string[] = [
  "clients/conformance.test.js",
  "scenarios/override.test.js",
  "scenarios/ends.test.js",
  "kernel/families.test.js",
  "cli/crashes.test.js",
  "oracle/lackey.test.js",
  "oracle/engines.test.js",
  "scenarios/signals.test.js",
  "scenarios/ordering.test.js",
  "faults/faults.test.js",
  "engine/mappings.test.js",
  "scenarios/lifecycle.test.js",
  "project/soak.test.js",
  "scenarios/killed.test.js",
  "project/suite.test.js",
];

/** Every test, those of {@link LONGEST} first. */
export function batchesOf(files: readonly string[]): Batch[] {
  const batches = new Map<string, string[]>();
  for (const file of [...files].sort((a, b) => rank(a) - rank(b))) {
    const name = BY_FILE.test(file) ? file : dirname(file);
    batches.set(name, [...(batches.get(name) ?? []), file]);
  }
  return [...batches.values()];
}

function rank(file: string): number {
  const place = LONGEST.indexOf(file);
  return place < 0 ? LONGEST.length : place;
}

/** Every test file that is compiled, but those whose source is gone: tsc leaves them where they are. */
export function testFiles(): string[] {
  return readdirSync(join(ROOT, ".test-build"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.js"))
    .filter((path) => existsSync(join(ROOT, "test", path.replace(/\.js$/, ".ts"))))
    .sort();
}
