import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/fixtures.js";
import { STATES } from "./calls.js";
import type { FaultRow } from "./cases.js";
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
  const isCall = ({ errno }: FaultRow) => errno !== "";
  const befallen = rows.filter((row) => !isCall(row));
  const calls = rows.filter(isCall);
  const bad = rows.filter(({ trial }) => isBad(trial)).length;
  const text = `${rows.length} faults, seed ${seed}: ${bad} ended in another way, or left something.`;
  return (
    `\n${text}\n\n### What befalls the program, its line, its supervisor, its disk\n\n` +
    `${tableFor("fault", befallen, (fault) => fault)}\n### System calls that fail\n\n` +
    `With each of ${[...new Set(calls.map(({ errno }) => errno))].sort().join(", ")}.\n\n` +
    `${tableFor("call", calls, (fault) => `\`${fault}\``)}\n`
  );
}

function tableFor(
  kind: string,
  rows: readonly FaultRow[],
  nameOf: (fault: string) => string,
): string {
  const states = STATES.filter((state) => rows.some((row) => row.state === state));
  const heads = [kind, ...states, "ended with", "left"];
  const lines = [...new Set(rows.map(({ fault }) => fault))].sort().map((fault) => {
    const own = rows.filter((row) => row.fault === fault);
    const cells = states.map((state) => cellOf(own.filter((row) => row.state === state)));
    return lineOf([nameOf(fault), ...cells, endsOf(own), leftOf(own)]);
  });
  return lineOf(heads) + lineOf(heads.map(() => "---")) + lines.join("");
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`;
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

function endsOf(rows: readonly FaultRow[]): string {
  const outcomes = new Set(rows.map(({ trial }) => trial.outcome));
  outcomes.delete("served");
  return [...outcomes].sort().join(", ");
}

function leftOf(rows: readonly FaultRow[]): string {
  return rows.flatMap(({ trial }) => trial.left).join(", ") || "nothing";
}
