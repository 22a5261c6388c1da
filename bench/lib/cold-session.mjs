/**
 * Calls in one session that is the first of its process; prints what each took. Given as JSON:
 * `{ folder, library, driver, engine, calls: [[workload, n], ...] }`.
 */
import { workloadsOf } from "./build.mjs";
import { withHost } from "./host.mjs";

const { engine, calls, ...built } = JSON.parse(process.argv[2]);
const records = [];
await withHost({ ...built, workloads: workloadsOf(built.driver) }, { engine }, async (host) => {
  let loaded = "";
  for (const [name, n] of calls) {
    if (`${name} ${n}` !== loaded) host.load(name, n);
    loaded = `${name} ${n}`;
    records.push({ name, ...(await host.call(name, n)) });
  }
});
process.stdout.write(JSON.stringify(records));
