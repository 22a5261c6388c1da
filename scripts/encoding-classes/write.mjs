/**
 * `npm run build` runs this: asks iced for the encoding classes of instructions, and writes them to dist/, so that a
 * session need not ask: of all without VEX and EVEX, and of what is in the C and C++ libraries and in Node
 * itself.
 */
import { readFileSync } from "node:fs";
import { writeClasses } from "../../dist/x86/encoding/class-file.js";
import { classOf, knownClasses } from "../../dist/x86/encoding/known-classes.js";
import { parseInstruction } from "../../dist/x86/encoding/raw-instruction.js";
import { encodings } from "./encodings.mjs";

/** Of each mapping, in bytes. */
const SAMPLE = 3 << 20;
const MAX_INSTRUCTION_LENGTH = 15;

writeClasses(new Map()); // what an earlier build has written counts for nothing

/** Those that there are: what else iced was asked for is left out. */
const met = new Set();

function sweep(code) {
  for (let at = 0; at + MAX_INSTRUCTION_LENGTH <= code.length; ) {
    const raw = parseInstruction(code.subarray(at, at + MAX_INSTRUCTION_LENGTH));
    const encodingClass = raw && classOf(raw);
    if (encodingClass) met.add(encodingClass);
    at += encodingClass ? raw.headLength + encodingClass.immediateSize : 1;
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
  const encodingClass = raw && classOf(raw);
  if (encodingClass && encodingClass.flow !== "leave") met.add(encodingClass);
}

writeClasses(new Map([...knownClasses()].filter(([, encodingClass]) => met.has(encodingClass))));
