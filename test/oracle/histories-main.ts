import { busyDifferencesOf } from "./busy-clients.js";
import { differencesOf } from "./histories.js";

/** In one scope. */
const ROUND = 1000;
/** In one program. */
const BUSY_ROUND = 200;

/** Larger data takes the reference engine long, and shows nothing else. In bytes. */
const MOST = 300;

/**
 * `npm run fuzz -- --histories [--busy] [--seed N] [--calls N]`: the long run of histories.ts; with
 * `--busy`, of busy-clients.ts.
 */
export async function runHistories(seed: number, calls: number, isBusy: boolean): Promise<number> {
  const round = isBusy ? BUSY_ROUND : ROUND;
  let differences = 0;
  for (let done = 0; done < calls; done += round) {
    const some = Math.min(round, calls - done);
    const found = isBusy
      ? [true, false].flatMap((own) => busyDifferencesOf(seed + done, some, own))
      : await differencesOf(seed + done, some, MOST);
    differences += found.length;
    for (const difference of found) console.log(difference);
    console.log(`seed ${seed + done}: ${done + some} calls compared, ${differences} differences`);
  }
  return differences;
}
