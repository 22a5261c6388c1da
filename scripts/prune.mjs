/**
 * Before the package is packed: what nobody imports any more, since bundle.mjs has put it into a file
 * with others, goes from dist/. The tests need it.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DIST = fileURLToPath(new URL("../dist/", import.meta.url));
const { exports: doors } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

/** Of ours, in code and in types. */
function importsOf(path) {
  const named = readFileSync(path, "utf8").matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]*\.js)"/g);
  const files = [...named].map(([, name]) => join(dirname(path), name));
  return path.endsWith(".d.ts") ? files.map((file) => file.replace(/\.js$/, ".d.ts")) : files;
}

const doorFiles = Object.values(doors).flatMap((door) => Object.values(door));
const starts = ["cli/main.js", "workers/tracer/entry.js", "tracee/host.js"];
const kept = new Set();
const waiting = [
  ...doorFiles.filter((file) => file.startsWith("./dist/")).map((file) => join(DIST, "..", file)),
  ...starts.map((file) => join(DIST, file)),
];
for (let path = waiting.pop(); path; path = waiting.pop()) {
  if (kept.has(path)) continue;
  kept.add(path);
  waiting.push(...importsOf(path));
}
for (const name of readdirSync(DIST, { recursive: true })) {
  const path = join(DIST, name);
  if (/\.(?:js|d\.ts)$/.test(name) && !name.startsWith("inspector/page/") && !kept.has(path)) {
    rmSync(path);
  }
}
