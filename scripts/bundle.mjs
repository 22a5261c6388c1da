/**
 * `npm run build` runs this: what a process or a thread of ours begins with becomes one file in its
 * place in dist/, with all of ours that it imports. Opening 200 files one by one takes a session
 * longer than its work.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
/** The command's files share what they have in common: errors of one are known to the other. */
const ENTRIES = [
  ["workers/tracer/tracer.js"],
  ["tracee/host.js"],
  ["cli/command.js", "cli/end.js"],
];
const { dependencies } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);
/** Loaded from where npm has put them: they have native code, WebAssembly or a worker, or are large. */
const APART = Object.keys(dependencies).filter((name) => name !== "msgpackr");

/** Modules find files by where they lie themselves: they go on doing so in a bundle in `folder`. */
const placesIn = (folder) => ({
  name: "places",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/dist\/.*\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const place = `new URL(${JSON.stringify(relative(folder, path))}, import.meta.url).href`;
      return { contents: text.replaceAll("import.meta.url", place) };
    }),
});

/** What the command's files share, and what is loaded late. */
const PART = /-[0-9A-Z]{8}\.js$/;

for (const names of ENTRIES) {
  const folder = join(DIST, dirname(names[0]));
  const old = readdirSync(folder).filter((name) => PART.test(name));
  for (const name of old) rmSync(join(folder, name));
  await build({
    entryPoints: names.map((name) => join(DIST, name)),
    outdir: folder,
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: names.length > 1,
    format: "esm",
    platform: "node",
    target: "node20",
    external: APART,
    minifySyntax: true,
    minifyWhitespace: true, // names stay, for stack traces
    legalComments: "none",
    // msgpackr requires a native addon of its own where there is one.
    banner: {
      js: 'import{createRequire as requireFrom}from"node:module";const require=requireFrom(import.meta.url);',
    },
    allowOverwrite: true,
    plugins: [placesIn(folder)],
  });
}
