/**
 * All cases of the counted functions of libc, at many lengths and places:
 * `node .test-build/oracle/counted-main.js [--engine E] [--variant V] [--only FUNCTION] [--every N]`.
 */
import { parseArgs } from "node:util";
import { COUNTED_FUNCTIONS, type CountedFunction, casesOf } from "./counted-calls.js";
import { CountedTrial, type Engine, VARIANTS } from "./counted-trial.js";

const LENGTHS = [
  ...[1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 95, 96, 97, 127, 128, 129],
  ...[160, 180, 191, 200, 224, 255, 256, 257],
];
/** Where a string begins, in bytes behind a page's start: also at the page's end, and across it. */
const placesOf = ({ unit }: CountedFunction, length: number) => [
  ...(unit === 1 ? [0, 1, 13, 31, 40] : [0, 4, 16, 28, 52]),
  ...[4096 - length * unit, 4096 - length * unit + 4],
];

const { values } = parseArgs({
  options: {
    engine: { type: "string" },
    variant: { type: "string" },
    only: { type: "string" },
    every: { type: "string", default: "1" },
  },
});
const every = Number(values.every);
const engines: readonly Engine[] = values.engine
  ? [values.engine as Engine]
  : ["auto", "reference"];
const variants = values.variant ? [values.variant] : Object.keys(VARIANTS);

for (const engine of engines) {
  for (const variant of variants) {
    const trial = await CountedTrial.open(engine, variant);
    let seen = 0;
    let calls = 0;
    let wrong = 0;
    let isFalse = 0;
    for (const what of COUNTED_FUNCTIONS) {
      if (values.only && !what.name.includes(values.only)) continue;
      let told = 0;
      for (const length of LENGTHS) {
        for (const place of placesOf(what, length)) {
          for (const one of casesOf(what, length)) {
            if (++seen % every !== 0) continue;
            calls++;
            const difference = await trial.wrong(what, one, place);
            if (difference === null) continue;
            wrong++;
            if (difference.isFalse) isFalse++;
            if (told++ < 8) console.log(`${engine} ${variant} ${difference.text}`);
          }
        }
      }
    }
    await trial.scope.close();
    console.log(`${engine} ${variant}: ${wrong} wrong of ${calls}, ${isFalse} of them false`);
  }
}
