import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Shape } from "./shape.js";

/**
 * Shapes of instructions, as iced describes them, written when the package is built: asking for the first
 * one takes 16 ms, for iced makes tables. What is not there is asked for.
 */
const FILE = fileURLToPath(new URL("shapes.json", import.meta.url));

/** Most instructions share their shape with others: it is there once. */
interface ShapeFile {
  readonly shapes: readonly (Shape | null)[];
  /** Of an instruction, and the number of its shape, by turns. */
  readonly keys: readonly number[];
}

/** None where there is no file: then all are asked for. */
export function readShapes(): Map<number, Shape | null> {
  try {
    const { shapes, keys } = JSON.parse(readFileSync(FILE, "utf8")) as ShapeFile;
    const known = new Map<number, Shape | null>();
    for (let i = 0; i < keys.length; i += 2) known.set(keys[i]!, shapes[keys[i + 1]!]!);
    return known;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
}

export function writeShapes(shapes: ReadonlyMap<number, Shape | null>): void {
  const texts = [...shapes.values()].map((shape) => JSON.stringify(shape));
  const distinct = [...new Set(texts)];
  const numbers = new Map(distinct.map((text, number) => [text, number]));
  const keys = [...shapes.keys()].flatMap((key, i) => [key, numbers.get(texts[i]!)!]);
  writeFileSync(FILE, JSON.stringify({ shapes: distinct.map((text) => JSON.parse(text)), keys }));
}
