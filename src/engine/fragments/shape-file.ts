import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Shape } from "./shape.js";

/**
 * Shapes of instructions that are met often, as iced describes them, written when the package is built:
 * asking iced for them takes a session 0.1 s of start-up. What is not there is asked for.
 */
const FILE = fileURLToPath(new URL("shapes.json", import.meta.url));

/** None where there is no file: then all are asked for. */
export function readShapes(): Map<number, Shape | null> {
  try {
    return new Map(JSON.parse(readFileSync(FILE, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
}

export function writeShapes(shapes: ReadonlyMap<number, Shape | null>): void {
  writeFileSync(FILE, JSON.stringify([...shapes]));
}
