import { differencesOf } from "./histories.js";

/** In one scope. */
const ROUND = 1000;

/** Larger data takes the reference engine long, and shows nothing else. In bytes. */
const MOST = 300;

/** `npm run fuzz -- --histories [--seed N] [--calls N]`: the long run of histories.ts. */
export async function runHistories(seed: number, calls: number): Promise<number> {
  let differences = 0;
  for (let done = 0; done < calls; done += ROUND) {
    const found = await differencesOf(seed + done, Math.min(ROUND, calls - done), MOST);
    differences += found.length;
    for (const difference of found) console.log(difference);
    const tried = Math.min(done + ROUND, calls);
    console.log(`seed ${seed + done}: ${tried} calls compared, ${differences} differences`);
  }
  return differences;
}
