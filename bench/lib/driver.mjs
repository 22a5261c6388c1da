/** Calls in the bench's own C program: under ffiscope as a plain client, under others, and alone. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSession, sessionEnd } from "../../dist/machines/index.js";
import { inputOf } from "./build.mjs";

/** Of one program, in ms. One that takes longer is ended, and has no figures. */
const TIMEOUT_MS = 120_000;

/** @returns {{ untraced: Timing, traced: Timing, events: number }[]} a round each, in ns */
function rounds(path) {
  const lines = readFileSync(path, "utf8").trim().split("\n");
  return lines.map((line) => {
    const [wall, cpu, tracedWall, tracedCpu, events] = line.split(" ").map(Number);
    return {
      untraced: { wallNs: wall, cpuNs: cpu },
      traced: { wallNs: tracedWall, cpuNs: tracedCpu },
      events,
    };
  });
}

function wordsFor(built, { name, n, count, how }) {
  const results = join(built.folder, "results");
  const input = inputOf(built, name, n);
  return { results, words: ["run", name, String(n), String(count), input, results, how] };
}

/** Runs it under `tool` (words in front of it): its rounds, or null where it took too long. */
function runUnder(tool, built, run) {
  const { results, words } = wordsFor(built, run);
  const [command, ...args] = [...tool, built.driver, ...words];
  const { status, signal, error, stderr } = spawnSync(command, args, {
    stdio: ["ignore", "ignore", "pipe"],
    encoding: "utf8",
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  if (error?.code === "ETIMEDOUT") return null;
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} for ${run.name}: ${status ?? signal}\n${stderr}`);
  return rounds(results);
}

export const alone = (built, run) => runUnder([], built, { ...run, how: "plain" });

export const underClassic = (built, run) =>
  runUnder([built.classic], built, { ...run, how: "here" });

export const underLackey = (built, run) =>
  runUnder(["valgrind", "--tool=lackey", "--trace-mem=yes", "--log-file=/dev/null"], built, {
    ...run,
    how: "plain",
  });

export const underMemcheck = (built, run) =>
  runUnder(["valgrind", "--tool=memcheck", "--log-file=/dev/null"], built, {
    ...run,
    how: "plain",
  });

/** A plain client of ffiscope's: its rounds, and each call's stats. */
export async function underFfiscope(built, run) {
  const { results, words } = wordsFor(built, { ...run, how: "there" });
  const session = createSession({
    command: built.driver,
    args: words,
    engine: run.engine ?? "auto",
    timeout: TIMEOUT_MS,
    startTimeout: 60_000,
    maxEvents: 1000,
    symbols: false,
    stdoutToStderr: true,
  });
  const records = [];
  session.on("call", ({ record }) => records.push(record));
  const end = sessionEnd(session);
  session.start();
  const output = await end;
  if (output.retcode !== 0) throw new Error(`${run.name}: ${JSON.stringify(output)}`);
  return rounds(results).map((round, index) => ({ ...round, stats: records[index].stats }));
}
