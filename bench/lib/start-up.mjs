/** One traced command from the shell, and one run of a program, against starting Node alone. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median } from "./figures.mjs";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const TRACE = [MAIN, "trace", "libc.so.6", "int abs(int j)", "1"];
const NODE = ["-e", "0"];

function timed(words) {
  const start = performance.now();
  execFileSync(process.execPath, words, { stdio: "ignore" });
  return performance.now() - start;
}

export function startUp({ isQuick, say }) {
  const rounds = isQuick ? 3 : 11;
  const pairs = Array.from({ length: rounds }, () => [timed(TRACE), timed(NODE)]);
  say("start-up");
  return {
    rounds,
    traceMs: median(pairs.map(([trace]) => trace)),
    nodeMs: median(pairs.map(([, node]) => node)),
    ratio: median(pairs.map(([trace, node]) => trace / node)),
  };
}
