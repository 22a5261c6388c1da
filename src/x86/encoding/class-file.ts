import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { EncodingClass } from "./encoding-class.js";

/**
 * A file with encoding classes of instructions, as iced describes them, written when the package is
 * built. Asking iced for the first class takes 16 ms, in which it makes its tables; classes that
 * are not in the file are asked for.
 */
const FILE = fileURLToPath(new URL("encoding-classes.json", import.meta.url));

/** Each encoding class once: most are those of many instructions. */
interface ClassFile {
  readonly encodingClasses: readonly (EncodingClass | null)[];
  /** The key of an instruction and the number of its encoding class, alternating. */
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
