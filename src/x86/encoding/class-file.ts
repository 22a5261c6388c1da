import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { EncodingClass } from "./encoding-class.js";

/**
 * Encoding classes of instructions, as iced describes them, written when the package is built: asking for the first
 * one takes 16 ms, for iced makes tables. What is not there is asked for.
 */
const FILE = fileURLToPath(new URL("encoding-classes.json", import.meta.url));

/** Most instructions share their encoding class with others: it is there once. */
interface ClassFile {
  readonly encodingClasses: readonly (EncodingClass | null)[];
  /** Of an instruction, and the number of its encoding class, by turns. */
  readonly keys: readonly number[];
}

/** None where there is no file: then all are asked for. */
export function readClasses(): Map<number, EncodingClass | null> {
  try {
    const { encodingClasses, keys } = JSON.parse(readFileSync(FILE, "utf8")) as ClassFile;
    const known = new Map<number, EncodingClass | null>();
    for (let i = 0; i < keys.length; i += 2) known.set(keys[i]!, encodingClasses[keys[i + 1]!]!);
    return known;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
}

export function writeClasses(encodingClasses: ReadonlyMap<number, EncodingClass | null>): void {
  const texts = [...encodingClasses.values()].map((encodingClass) => JSON.stringify(encodingClass));
  const distinct = [...new Set(texts)];
  const numbers = new Map(distinct.map((text, number) => [text, number]));
  const keys = [...encodingClasses.keys()].flatMap((key, i) => [key, numbers.get(texts[i]!)!]);
  writeFileSync(
    FILE,
    JSON.stringify({ encodingClasses: distinct.map((text) => JSON.parse(text)), keys }),
  );
}
