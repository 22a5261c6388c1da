/**
 * `npm run soak`: what is left of many sessions.
 *
 *   npm run soak                                  10,000 calls of a pool (soak/calls.mjs)
 *   npm run soak -- --minutes N [--at-once N]     faults on, so long (soak/faults.mjs)
 *                   [--seconds N] [--seed N] [--out FOLDER]
 *   npm run soak -- --floods [NAME,...]           as much as there is of one thing (floods.mjs)
 *                   [--scale N] [--out FOLDER]
 *
 * Exits with 1 where something grows, or went another way than it should.
 */
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ minutes: { type: "string" }, seconds: { type: "string" }, seed: { type: "string" } },
    ...{ "at-once": { type: "string", default: "64" }, out: { type: "string" } },
    ...{ floods: { type: "boolean", default: false }, scale: { type: "string", default: "1" } },
  },
});
const out = values.out ?? null; // a folder, in place of bench/soak/figures/ and docs/

if (values.floods) {
  const { floods } = await import("./floods.mjs");
  const named = positionals.flatMap((names) => names.split(","));
  process.exitCode = (await floods({ named, scale: Number(values.scale), out })) ? 0 : 1;
} else if (values.minutes ?? values.seconds) {
  const { soakWithFaults } = await import("./soak/faults.mjs");
  const seconds = Number(values.seconds ?? 60 * Number(values.minutes));
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  const how = { seconds, atOnce: Number(values["at-once"]), seed, out };
  process.exitCode = (await soakWithFaults(how)) ? 0 : 1;
} else {
  await import("./soak/calls.mjs");
}
