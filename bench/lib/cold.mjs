/**
 * What only the first call of a session pays. Each session is the first of a process of its own: the
 * next one of a process finds the tracer's thread with its JavaScript compiled, and pays a third.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, summary } from "./figures.mjs";

const SESSION = fileURLToPath(new URL("cold-session.mjs", import.meta.url));

/** The records of the calls `[[workload, n], ...]` of a fresh session. */
function session({ folder, library, driver }, calls, engine = "auto") {
  const given = JSON.stringify({ folder, library, driver, engine, calls });
  return JSON.parse(execFileSync(process.execPath, [SESSION, given], { encoding: "utf8" }));
}

/** First calls, the engines in turns, and each as often before the other. In ms, from SIGSTOP to SIGUSR1. */
function engines(built, n, sessions, say) {
  const runs = { auto: [], reference: [] };
  for (let i = 0; i < sessions; i++) {
    const turn = ["auto", "reference"];
    for (const engine of i % 2 ? turn.reverse() : turn) {
      runs[engine].push(...session(built, [["sum", n]], engine));
    }
  }
  say(`cold: ${n} accesses`);
  const of = (engine) => ({
    durationMs: summary(runs[engine], "durationMs"),
    wallMs: median(runs[engine].map(({ wallNs }) => wallNs / 1e6)),
    stops: median(runs[engine].map(({ stats }) => stats.stops)),
  });
  return { n, sessions, auto: of("auto"), reference: of("reference") };
}

/** The first call of LZ4_compress_default on 1 MB, beside later ones of the same session. */
function lz4(built, sessions, say) {
  const calls = Array.from({ length: 8 }, () => ["lz4-compress", 1_000_000]);
  const runs = [];
  for (let i = 0; i < sessions; i++) {
    const [first, ...warm] = session(built, calls);
    const warmMs = median(warm.map(({ wallNs }) => wallNs / 1e6));
    const { translated, translationMs, stops } = first.stats;
    runs.push({
      firstMs: first.wallNs / 1e6,
      warmMs,
      overWarmMs: first.wallNs / 1e6 - warmMs,
      translated,
      translationMs,
      usPerInstruction: (translationMs * 1000) / translated,
      stops,
    });
  }
  say("cold: LZ4");
  const of = (property) => summary(runs, property);
  return {
    sessions,
    firstMs: of("firstMs"),
    warmMs: of("warmMs"),
    overWarmMs: of("overWarmMs"),
    translated: of("translated").median,
    translationMs: of("translationMs"),
    usPerInstruction: of("usPerInstruction"),
    stops: of("stops").median,
  };
}

/** Translation once the engine is loaded: new code in a session that has run other code. */
function translation(built, sessions, say) {
  const other = [1, 2].map(() => ["sum", 1000]);
  const later = ["lz4-compress", "bzip2", "deflate"].map((name) => [name, 100_000]);
  const runs = [];
  for (let i = 0; i < sessions; i++) {
    for (const { name, stats } of session(built, [...other, ...later]).slice(other.length)) {
      runs.push({ us: (stats.translationMs * 1000) / stats.translated, name, ...stats });
    }
  }
  say("cold: translation");
  return later.map(([name]) => {
    const of = runs.filter((run) => run.name === name);
    return {
      name,
      usPerInstruction: summary(of, "us"),
      translated: summary(of, "translated").median,
      translationMs: summary(of, "translationMs"),
    };
  });
}

export function cold(built, { isQuick, say }) {
  const sessions = isQuick ? 5 : 20;
  const few = isQuick ? 3 : 7;
  return {
    engines: [engines(built, 1, sessions, say), engines(built, 1000, isQuick ? 3 : sessions, say)],
    lz4: lz4(built, few, say),
    translation: translation(built, few, say),
  };
}
