/**
 * `npm run build` runs this: asks iced for the shapes of instructions, and writes them to dist/, so that a
 * session need not ask: of all without VEX and EVEX, and of what is in the C and C++ libraries and in Node
 * itself.
 */
import { readFileSync } from "node:fs";
import { knownShapes, shapeOf } from "../../dist/engine/fragments/known-shapes.js";
import { parseInstruction } from "../../dist/engine/fragments/raw-instruction.js";
import { writeShapes } from "../../dist/engine/fragments/shape-file.js";
import { encodings } from "./encodings.mjs";

/** Of each mapping, in bytes. */
const SAMPLE = 3 << 20;
const MAX_INSTRUCTION_LENGTH = 15;

writeShapes(new Map()); // what an earlier build has written counts for nothing

/** Those that there are: what else iced was asked for is left out. */
const met = new Set();

function sweep(code) {
  for (let at = 0; at + MAX_INSTRUCTION_LENGTH <= code.length; ) {
    const raw = parseInstruction(code.subarray(at, at + MAX_INSTRUCTION_LENGTH));
    const shape = raw && shapeOf(raw);
    if (shape) met.add(shape);
    at += shape ? raw.headLength + shape.immediateSize : 1;
  }
}

/** The code of this process, by mapping. */
for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
  const match = /^([0-9a-f]+)-([0-9a-f]+) r-xp ([0-9a-f]+) \S+ \d+ +(\/.*)$/.exec(line);
  if (!match) continue;
  const [start, end, offset] = match.slice(1, 4).map((text) => Number.parseInt(text, 16));
  const file = readFileSync(match[4]);
  sweep(file.subarray(offset, offset + Math.min(end - start, SAMPLE)));
}

for (const bytes of encodings()) {
  const raw = parseInstruction(bytes);
  const shape = raw && shapeOf(raw);
  if (shape && shape.flow !== "leave") met.add(shape);
}

writeShapes(new Map([...knownShapes()].filter(([, shape]) => met.has(shape))));
