/**
 * What a JavaScript callback costs that reads a buffer, called 10^5 times by two threads of C:
 * `node bench/callbacks.mjs`, once the package is built. Compiles a fixture with gcc.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Scope } from "../dist/index.js";

const SOURCE = fileURLToPath(new URL("../test/fixtures/scope/callbacks.c", import.meta.url));
const PROTOTYPE =
  "long from_threads(int (*fn)(int, const int *), const int *numbers, int threads, int times)";
const TIMES = 50_000;
const THREADS = 2;

const folder = mkdtempSync(join(tmpdir(), "ffiscope-bench-"));
const library = join(folder, "libcallbacks.so");
execFileSync("gcc", ["-O1", "-shared", "-fPIC", "-pthread", "-o", library, SOURCE]);
const scope = await Scope.open();
try {
  const call = (await scope.load(library)).func(PROTOTYPE);
  const numbers = await scope.alloc("int[]", [1, 2, 3, 4]);
  let calls = 0;
  const read = async (i, at) => {
    calls++;
    return (await scope.read(at, 16)).readInt32LE((i % 4) * 4);
  };
  const from = performance.now();
  const { result, events } = await call(read, numbers, THREADS, TIMES);
  const each = ((performance.now() - from) * 1000) / calls;
  const isRight = result === 5 * THREADS * TIMES && events.length === THREADS * TIMES;
  console.log(`${calls} calls, ${isRight ? "right" : "WRONG"}, ${each.toFixed(0)} µs a call`);
} finally {
  await scope.close();
  rmSync(folder, { recursive: true });
}
