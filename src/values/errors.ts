import { type CType, nearestName, oneOf, quoted, UsageError } from "../model/index.js";
import { typeText } from "../prototype/index.js";
import type { Place } from "./place.js";

export const COMPARATORS = ["cmp:i32", "cmp:u8", "cmp:f64", "cmp:str"] as const;

/** How the command and the library word what both take and refuse. */
export interface Wording {
  /** What a user does: `Write` on a command line, `Give` in a program. */
  readonly verb: "Write" | "Give";
  /** A value, as its user wrote it, on one line. */
  shown(value: unknown): string;
  /** What to give for a pointer to `to`. `value`: for an example, where it is a number. */
  pointerRemedy(to: CType, value?: unknown): string;
  /** What to give for an integer in the place of `value`. */
  integerRemedy(value: unknown): string;
}

/** Of an enum, in a message. */
const MOST_NAMES = 8;

/** Of a place that is deep, in a message. */
const MOST_NAME = 40;

const badValue = (message: string, remedy: string): UsageError =>
  new UsageError({ code: "ARGUMENT_VALUE", message, remedy });

const outOfRange = (message: string, remedy: string): UsageError =>
  new UsageError({ code: "ARGUMENT_RANGE", message, remedy });

export type ValueErrors = ReturnType<typeof valueErrors>;

/** The errors of values. */
export function valueErrors({ verb, shown, pointerRemedy, integerRemedy }: Wording) {
  const notFor = (value: unknown, { text }: Place, what = "") =>
    `${shown(value)} is no value for ${text}${what}`;
  return {
    noValue: ({ text }: Place) =>
      badValue(`no value can be given for ${text}`, "Change the prototype"),

    unknownFunction: ({ text }: Place) =>
      badValue(
        `it is not known what ${text} is called with: its type does not say`,
        verb === "Give"
          ? 'Give scope.callback("int (int)", fn), with the type that C calls'
          : "Write its type in the prototype, as int (*fn)(int), or declare what it names",
      ),

    notBool: (place: Place, value: unknown) =>
      badValue(notFor(value, place), `${verb} true or false`),

    notInteger: ({ text }: Place, value: unknown) =>
      badValue(
        `${shown(value)} is no ${typeof value === "number" ? "whole number" : "integer"}, which ${text} takes`,
        integerRemedy(value),
      ),

    notFloat: ({ text }: Place, value: unknown) =>
      badValue(
        `${shown(value)} is no number, which ${text} takes`,
        verb === "Write" ? "Write a number, such as 2.5, -1e9, inf or nan" : "Give a number",
      ),

    /** `same`: what has the same bits and is in range, if there is that. */
    range: (
      { text }: Place,
      value: unknown,
      [least, most]: readonly [bigint, bigint],
      same: bigint | null,
    ) =>
      outOfRange(
        `${shown(value)} is out of range for ${text}: it holds ${least} to ${most}`,
        same !== null
          ? `${verb} ${same} for the same bits`
          : `${verb} a number in that range, or write a wider type`,
      ),

    bitRange: (
      { text }: Place,
      value: unknown,
      width: number,
      [least, most]: readonly [bigint, bigint],
    ) =>
      outOfRange(
        `${shown(value)} is out of range for ${text}, which has ${width} bit${width === 1 ? "" : "s"}: it holds ${least} to ${most}`,
        `${verb} a number in that range`,
      ),

    unknownName: ({ text }: Place, value: string, known: readonly string[]) => {
      const near = nearestName(value, known);
      const some = known.length > MOST_NAMES ? [...known.slice(0, MOST_NAMES), "…"] : known;
      return badValue(
        `${text} has no name ${quoted(value)}`,
        near
          ? `Did you mean ${near}?`
          : `It has ${some.join(", ")}; or ${verb.toLowerCase()} a number`,
      );
    },

    notComplex: (place: Place, value: unknown) =>
      badValue(
        notFor(value, place),
        verb === "Give"
          ? "Give { re, im }, [re, im], or the real part alone"
          : `Write '{"re":1,"im":2}', '[1,2]', or the real part alone`,
      ),

    /** Two members of a union. */
    sharedMemory: ({ text }: Place, first: string, second: string) =>
      badValue(
        `${quoted(first)} and ${quoted(second)} of ${text} share their memory, and say different things of it`,
        `${verb} one of them`,
      ),

    /** A flexible array member where the struct has a fixed place. */
    noRoom: ({ text }: Place) =>
      badValue(
        `${text} has no room: it is an array of no length at the end of a struct`,
        "A struct with such elements is given behind a pointer",
      ),

    byteRange: ({ text }: Place, value: unknown) =>
      outOfRange(
        `${shown(value)} is out of range for ${text}: it holds -128 to 255`,
        "For wider elements write their type into the prototype, such as int *",
      ),

    tooLarge: ({ text }: Place, value: unknown, type: CType) =>
      outOfRange(
        `${shown(value)} is too large for ${text}: a ${typeText(type)} would be infinite`,
        `${verb} ${verb === "Write" ? "inf" : "Infinity"} if that is meant`,
      ),

    /** A typed array for memory of `type`. */
    otherNumbers: ({ text }: Place, value: unknown, type: CType) =>
      badValue(
        `${shown(value)} has numbers of another type than ${text}, which takes ${typeText(type)}`,
        "Give an array of numbers, a typed array of that type, or a Buffer for bytes as they are",
      ),

    /** Of a pointer to `to`. */
    notPointer: (place: Place, value: unknown, to: CType) =>
      badValue(
        notFor(value, place, ", a pointer"),
        typeof value === "function"
          ? 'Give scope.callback("int (int)", fn), with the type that C calls'
          : pointerRemedy(to, value),
      ),

    addressRange: (place: Place, value: unknown) =>
      outOfRange(
        `${shown(value)} is out of range for ${place.text}: an address has 64 bits`,
        "Give 0n to 2n ** 64n - 1n",
      ),

    notText: ({ text }: Place, value: unknown, to: CType) =>
      badValue(`${shown(value)} is text, which ${text} does not take`, pointerRemedy(to)),

    addressAsText: ({ text }: Place, value: string) =>
      badValue(
        `${shown(value)} is an address as text, of which ${text} would get the characters`,
        verb === "Give"
          ? `Give BigInt("0x…") for the address, Buffer.from("0x…") for the characters`
          : `Quote it as JSON for the characters`,
      ),

    loneSurrogate: ({ text }: Place, encoding: string) =>
      badValue(
        `the text for ${text} has half a surrogate pair, which ${encoding} cannot hold`,
        `${verb} the ${encoding === "UTF-8" ? "bytes" : "numbers"} as an array${verb === "Write" ? ", or in a file as @FILE" : ""}`,
      ),

    nestedArray: ({ text }: Place) =>
      badValue(
        `${text} is an array: arrays are flat`,
        `${verb} all elements in one array, row after row`,
      ),

    notFunction: (place: Place, value: unknown) =>
      badValue(
        notFor(value, place, ", a pointer to a function"),
        place.depth
          ? `${verb} null${verb === "Give" ? ", or an address: a BigInt, or what scope.callback gives" : ""}`
          : `${verb} ${oneOf([...COMPARATORS, "null"])}; or ${verb === "Write" ? "js:FILE#NAME, an export of a JavaScript module" : "a function"}`,
      ),

    tooDeep: ({ name }: Place) =>
      badValue(
        `a value for ${name.slice(0, MOST_NAME)}… is nested too deeply: it may hold itself`,
        `${verb} memory for what leads back, such as a buffer of the scope`,
      ),

    notSize: ({ text }: Place, length: unknown) =>
      badValue(
        `${shown(length)} is no length for ${text}`,
        verb === "Write"
          ? "Write out:16 for 16 uninitialised elements, or quote the argument as JSON if text is meant"
          : "Give out() a whole number of elements",
      ),

    notStruct: (place: Place, value: unknown) =>
      badValue(
        notFor(value, place, ", a struct"),
        verb === "Give" ? "Give an object of its fields" : `Write its fields, as '{"x":1,"y":2.5}'`,
      ),

    structSize: ({ text }: Place, given: number, size: number) =>
      badValue(`${given} bytes are given for ${text}, which has ${size}`, `${verb} all of them`),

    unknownField: ({ text }: Place, field: string, known: readonly string[]) =>
      badValue(
        `${text} has no field ${quoted(field)}`,
        known.length === 0
          ? "It has none"
          : `It has ${known.join(", ")}: give a value for some or all of them`,
      ),

    notArray: (place: Place, value: unknown) =>
      badValue(notFor(value, place, ", an array"), "Give an array of its elements"),

    tooMany: ({ text }: Place, given: number, length: number) =>
      badValue(`${given} elements are too many for ${text}, which has ${length}`, "Give fewer"),

    variadicArray: ({ name }: Place, value: unknown) =>
      badValue(
        `the element type of ${shown(value)} for ${name} is not known: '...' says none`,
        verb === "Give"
          ? 'Give as("int[]", [1, 2]), with the type that is meant, or a typed array'
          : "Write the parameter into the prototype, or quote the argument as JSON if text is meant",
      ),

    variadicRange: ({ name }: Place, value: unknown) =>
      outOfRange(`${shown(value)} for ${name} does not fit 64 bits`, `${verb} a smaller number`),

    variadicValue: ({ name }: Place, value: unknown) =>
      badValue(
        `${shown(value)} is no value for ${name}, which '...' takes`,
        'Give a number, text, bytes, a buffer, null, or as("double", 2) for a value with its type',
      ),

    otherType: ({ text }: Place, type: string) =>
      badValue(
        `as(${quoted(type)}, …) is no value for ${text}: it is passed otherwise`,
        "Give the value alone, or as() with the type that is known",
      ),

    /** `wanted`: conversions of the format that take a value. */
    formatCount: (name: string, format: string, wanted: number, got: number) =>
      new UsageError({
        code: "ARGUMENT_COUNT",
        message: `${name}'s format ${quoted(format)} takes ${count(wanted)} and got ${got}`,
        remedy:
          got < wanted
            ? `${verb} one for each conversion`
            : "Leave out what is too much, or add conversions for it",
      }),
  };
}

const count = (values: number) =>
  values === 0 ? "no values" : `${values} value${values === 1 ? "" : "s"}`;
