/** What only the first call of a session pays. */
import { median, summary } from "./figures.mjs";
import { withHost } from "./host.mjs";

const firstCall = (built, engine, n) => withHost(built, { engine }, (host) => host.call("sum", n));

/** First calls of fresh sessions, the engines in turns. In ms, from SIGSTOP to SIGUSR1. */
async function engines(built, n, sessions, say) {
  const runs = { auto: [], reference: [] };
  for (let i = 0; i < sessions; i++) {
    for (const engine of ["auto", "reference"]) {
      runs[engine].push(await firstCall(built, engine, n));
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
async function lz4(built, sessions, say) {
  const n = 1_000_000;
  const runs = [];
  for (let i = 0; i < sessions; i++) {
    const run = await withHost(built, {}, async (host) => {
      const calls = [];
      host.load("lz4-compress", n);
      for (let call = 0; call < 8; call++) calls.push(await host.call("lz4-compress", n));
      return calls;
    });
    const [first, ...warm] = run;
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
async function translation(built, sessions, say) {
  const later = [
    ["lz4-compress", 100_000],
    ["bzip2", 100_000],
    ["deflate", 100_000],
  ];
  const runs = [];
  for (let i = 0; i < sessions; i++) {
    await withHost(built, {}, async (host) => {
      for (let call = 0; call < 2; call++) await host.call("sum", 1000);
      for (const [name, n] of later) {
        host.load(name, n);
        const { stats } = await host.call(name, n);
        runs.push({ us: (stats.translationMs * 1000) / stats.translated, name, ...stats });
      }
    });
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

export async function cold(built, { isQuick, say }) {
  const sessions = isQuick ? 5 : 20;
  const few = isQuick ? 3 : 7;
  return {
    engines: [
      await engines(built, 1, sessions, say),
      await engines(built, 1000, isQuick ? 3 : sessions, say),
    ],
    lz4: await lz4(built, few, say),
    translation: await translation(built, few, say),
  };
}
