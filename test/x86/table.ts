import { readdirSync } from "node:fs";
import { assemble } from "./assemble.js";
import { type InstructionCase, readCases } from "./case-file.js";

const FOLDER = new URL("../../test/fixtures/instructions/", import.meta.url);

/** Every case of every `.cases` file. */
export const CASES: readonly InstructionCase[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith(".cases"))
  .sort()
  .flatMap((name) => readCases(new URL(name, FOLDER)));

/** `visit` for each section, in order. */
export function eachSection(visit: (section: string, cases: InstructionCase[]) => void): void {
  for (const section of new Set(CASES.map((c) => c.section))) {
    visit(
      section,
      CASES.filter((c) => c.section === section),
    );
  }
}

/** The machine code of every case. */
export function assembleAll(): Map<InstructionCase, Uint8Array> {
  const bytes = assemble(CASES.map((c) => c.assembly));
  return new Map(CASES.map((c, i) => [c, bytes[i]!]));
}

export function titleOf(c: InstructionCase): string {
  const after = c.after ? `, afterwards ${c.after}` : "";
  return `${c.assembly} with ${c.before || "nothing set"}${after}: ${c.expected}`;
}
