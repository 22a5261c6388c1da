import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/fixtures.js";
import { STATES } from "./calls.js";
import type { FaultRow } from "./faults.js";
import { isBad } from "./trial.js";

const FILE = join(ROOT, "docs/reliability.md");
const BEGIN = "<!-- faults: begin -->";
const END = "<!-- faults: end -->";

/** Puts the table of a run into its section of docs/reliability.md. */
export function writeTable(rows: readonly FaultRow[], seed: number): void {
  const page = existsSync(FILE) ? readFileSync(FILE, "utf8") : `${BEGIN}\n${END}\n`;
  const [before, rest] = page.split(BEGIN);
  const after = rest!.split(END)[1];
  writeFileSync(FILE, `${before}${BEGIN}\n${tableOf(rows, seed)}${END}${after}`);
}

function tableOf(rows: readonly FaultRow[], seed: number): string {
  const calls = [...new Set(rows.map(({ call }) => call))].sort();
  const states = STATES.filter((state) => rows.some((row) => row.state === state));
  const head = `| call | ${states.join(" | ")} |\n| --- |${" --- |".repeat(states.length)}\n`;
  const lines = calls.map((call) => {
    const cells = states.map((state) => {
      const of = rows.filter((row) => row.call === call && row.state === state);
      return of.length === 0 ? "" : cellOf(of);
    });
    return `| \`${call}\` | ${cells.join(" | ")} |\n`;
  });
  const bad = rows.filter(({ trial }) => isBad(trial)).length;
  const text = `${rows.length} faults, seed ${seed}: ${bad} ended in another way, or left something.\n\n`;
  return `\n${text}${head}${lines.join("")}\n`;
}

/** How many of them were served, ended the session typed, or are bad. */
function cellOf(rows: readonly FaultRow[]): string {
  const bad = rows.filter(({ trial }) => isBad(trial)).length;
  const served = rows.filter(({ trial }) => !isBad(trial) && trial.outcome === "served").length;
  const parts = [
    served > 0 && `${served} served`,
    rows.length - served - bad > 0 && `${rows.length - served - bad} ended`,
    bad > 0 && `**${bad} bad**`,
  ];
  return parts.filter(Boolean).join(", ");
}
