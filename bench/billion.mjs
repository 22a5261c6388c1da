/**
 * One traced call of so many accesses in a process of its own, whose memory is what is looked at.
 * Prints JSON.
 *
 *   node bench/billion.mjs [N]
 */
import { build, removeBuild } from "./lib/build.mjs";
import { manyAccesses } from "./lib/extremes.mjs";

const built = build();
try {
  const result = await manyAccesses(built, Number(process.argv[2] ?? 1e9));
  process.stdout.write(`${JSON.stringify(result)}\n`);
} finally {
  removeBuild(built);
}
