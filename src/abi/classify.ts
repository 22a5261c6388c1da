/**
 * How values of C types are passed and returned: System V Application Binary Interface, AMD64
 * Architecture Processor Supplement, 3.2.3 "Parameter Passing" (gitlab.com/x86-psABIs/x86-64-ABI);
 * where its text leaves a choice, as GCC does (`classify_argument`, gcc/config/i386/i386.cc).
 */
import { assertNever, type CType, type RecordType } from "../model/index.js";
import { alignOf, sizeOf } from "./sizes.js";

/** The class of an eightbyte. SSEUP is for vector types alone, which no C type here is. */
type EightbyteClass = "none" | "integer" | "sse" | "x87" | "x87up" | "complex-x87" | "memory";

/**
 * In what a value is passed, by its eightbytes: `none` is one of padding alone, which takes no register.
 * `x87`: returned in st(0), passed in memory; `x87-x87`: as that, the imaginary part in st(1).
 */
export const VALUE_CLASSES = [
  "none",
  "integer",
  "sse",
  "integer-none",
  "integer-integer",
  "integer-sse",
  "sse-none",
  "sse-integer",
  "sse-sse",
  "none-integer",
  "none-sse",
  "x87",
  "x87-x87",
  "memory",
] as const;

export type ValueClass = (typeof VALUE_CLASSES)[number];

/** How a value is passed. Sizes in bytes. */
export interface Passing {
  readonly class: ValueClass;
  readonly size: number;
  /** Where it is on the stack, 8 at least; 0 for what takes no place there. */
  readonly align: number;
}

/** Bytes. What is larger is passed in memory, but for vectors. */
const MOST_IN_REGISTERS = 16;
const EIGHTBYTE = 8;

/** How `type` is passed. It has a size: no void, function, opaque type or array of no length. */
export function passing(type: CType): Passing {
  const size = sizeOf(type);
  const align = isEmpty(type) ? 0 : Math.max(alignOf(type), EIGHTBYTE);
  return { class: valueClass(type, size), size, align };
}

/** As GCC has it (`is_empty_type`, gcc/tree.cc): a struct of bit-fields without names takes a register all the same. */
function isEmpty(type: CType): boolean {
  if (type.kind === "array") return !type.length || isEmpty(type.of);
  if (type.kind !== "record") return false;
  return type.fields.every((field) => (field.name === "" && field.bits) || isEmpty(field.type));
}

function valueClass(type: CType, size: number): ValueClass {
  if (size === 0) return "none";
  if (type.kind === "complex" && type.bytes === 32) return "x87-x87";
  if (size > MOST_IN_REGISTERS) return "memory";
  const classes: EightbyteClass[] = size > EIGHTBYTE ? ["none", "none"] : ["none"];
  classify(classes, type, 0);
  return merged(classes);
}

/** The post-merger of 3.2.3, in one word. */
function merged(classes: readonly EightbyteClass[]): ValueClass {
  const [first, second] = classes;
  if (classes.includes("memory") || classes.includes("complex-x87")) return "memory";
  if (first === "x87" && second === "x87up") return "x87";
  if (classes.some((one) => one === "x87" || one === "x87up")) return "memory";
  if (classes.every((one) => one === "none")) return "none";
  return classes.join("-") as ValueClass;
}

/** Merges the classes of a value at `offset`, in bytes, into those of the whole. */
function classify(classes: EightbyteClass[], type: CType, offset: number): void {
  switch (type.kind) {
    case "bool":
    case "int":
    case "enum":
    case "pointer":
      return scalar(classes, offset, sizeOf(type), "integer");
    case "float":
      if (type.bytes < MOST_IN_REGISTERS) return scalar(classes, offset, type.bytes, "sse");
      if (offset % type.bytes !== 0) return merge(classes, 0, "memory");
      merge(classes, 0, "x87");
      return merge(classes, 1, "x87up");
    case "complex":
      for (const part of [0, type.bytes / 2]) {
        scalar(classes, offset + part, type.bytes / 2, "sse");
      }
      return;
    case "array":
      for (let at = 0, size = sizeOf(type.of); at < (type.length ?? 0); at++) {
        classify(classes, type.of, offset + at * size);
      }
      return;
    case "record":
      return record(classes, type, offset);
    case "void":
    case "function":
    case "opaque":
      throw new TypeError(`a ${type.kind} type has no class`);
    default:
      assertNever(type);
  }
}

function record(classes: EightbyteClass[], { fields }: RecordType, offset: number): void {
  for (const { type, offset: at, bits } of fields) {
    if (!bits) {
      classify(classes, type, offset + at);
      continue;
    }
    // A bit-field is an integer wherever it lies, also where it is packed.
    const first = offset * 8 + bits.offset;
    const last = first + bits.width - 1;
    for (let at = Math.floor(first / 64); at <= Math.floor(last / 64); at++) {
      merge(classes, at, "integer");
    }
  }
}

/** Fields that are not aligned to their size are passed in memory. */
function scalar(
  classes: EightbyteClass[],
  offset: number,
  size: number,
  one: EightbyteClass,
): void {
  if (offset % size !== 0) return merge(classes, 0, "memory");
  for (let at = offset; at < offset + size; at += EIGHTBYTE) {
    merge(classes, Math.floor(at / EIGHTBYTE), one);
  }
}

function merge(classes: EightbyteClass[], at: number, one: EightbyteClass): void {
  const other = classes[at] ?? "none";
  if (other === one || one === "none") return;
  classes[at] = other === "none" ? one : mergedPair(other, one);
}

/** Rules (c) to (f). */
function mergedPair(a: EightbyteClass, b: EightbyteClass): EightbyteClass {
  const either = (one: EightbyteClass) => a === one || b === one;
  if (either("memory")) return "memory";
  if (either("integer")) return "integer";
  return either("x87") || either("x87up") ? "memory" : "sse";
}
