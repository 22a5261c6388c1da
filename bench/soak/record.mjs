/** Where the figures of soaks and floods go: bench/soak/figures/NAME.json, docs/reliability-NAME.svg, docs/reliability.md. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MEASURES } from "./usage.mjs";

const FIGURES = fileURLToPath(new URL("figures/", import.meta.url));
const DOCS = fileURLToPath(new URL("../../docs/", import.meta.url));
const PAGE = join(DOCS, "reliability.md");

/** In the order in which the page has them. */
const NAMES = ["soak", "sessions", "together", "calls", "events", "heap"];

const BEGIN = "<!-- figures: written by npm run soak -->";
const END = "<!-- end of the figures -->";

/** Ours, as the figures name it. */
export function machine() {
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${cpus().length} × ${cpus()[0].model.trim()}, ${memory}, Linux ${release()}, Node ${process.version}`;
}

/**
 * `result` has title, machine, seconds, problems, and usage `before`, `most` and `after`. `out`: a
 * folder for both files, in place of the project's own; the page then stays as it is.
 */
export function record(name, result, svg, out = null) {
  mkdirSync(FIGURES, { recursive: true });
  const text = `${JSON.stringify(result, null, 2)}\n`;
  writeFileSync(out ? join(out, `${name}.json`) : join(FIGURES, `${name}.json`), text);
  writeFileSync(join(out ?? DOCS, `reliability-${name}.svg`), svg);
  if (!out) writePage();
}

function writePage() {
  const page = readFileSync(PAGE, "utf8");
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest.split(END);
  const kept = NAMES.filter((name) => existsSync(join(FIGURES, `${name}.json`)));
  const figures = kept.map((name) => {
    return figuresOf(name, JSON.parse(readFileSync(join(FIGURES, `${name}.json`), "utf8")));
  });
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${figures.join("\n")}\n${END}${after}`);
}

function figuresOf(name, { title, machine, seconds, problems, before, most, after }) {
  const row = (when, usage) =>
    `| ${when} | ${MEASURES.map((measure) => usage[measure.name].toFixed(0)).join(" | ")} |`;
  const heads = MEASURES.map(({ name, unit }) => (unit ? `${name}, ${unit}` : name));
  const said =
    problems.length === 0 ? "" : `\n${problems.length} problems: ${problems[0].split("\n")[0]}\n`;
  return `### ${title}

${machine}. ${(seconds / 60).toFixed(1)} minutes.

|  | ${heads.join(" | ")} |
| --- |${" ---: |".repeat(heads.length)}
${row("before", before)}
${row("at its most", most)}
${row("after", after)}
${said}
![${title}: ${heads.join("; ")}](reliability-${name}.svg)
`;
}

/** The largest of each measure. */
export function mostOf(samples) {
  return Object.fromEntries(
    MEASURES.map(({ name }) => [name, Math.max(...samples.map((sample) => sample[name]))]),
  );
}
