import type { CType, Signature } from "../../model/index.js";
import { oneOf, quoted, UsageError } from "../../model/index.js";
import { typeText } from "../../prototype/index.js";
import { type Place, placeText } from "./place.js";

const badValue = (message: string, remedy: string, cause?: unknown): UsageError =>
  new UsageError({ code: "ARGUMENT_VALUE", message, remedy, cause });

const outOfRange = (message: string, remedy: string): UsageError =>
  new UsageError({ code: "ARGUMENT_RANGE", message, remedy });

const COMPARATORS = ["cmp:i32", "cmp:u8", "cmp:f64", "cmp:str"];

/** In characters: an example is to be read at a glance. */
const LONGEST_EXAMPLE = 20;

/** What to write for a pointer, with `value` in it where it is a number. Shell quotes included. */
function pointerRemedy(to: CType, value: string): string {
  const string = `'"${value}"'`;
  const array = `'[${value}]'`;
  switch (to.kind) {
    case "pointer":
      return "Write null, out:N for N uninitialised pointers, or '[null,null]' for null ones";
    case "float":
    case "bool":
      return `Write ${array} for an array, out:N for N uninitialised elements, or null`;
    case "int":
      if (to.char) return `Write ${string} for text, out:N for N uninitialised bytes, or null`;
      if (to.bytes > 1) {
        return `Write ${array} for an array, out:N for N uninitialised elements, or null`;
      }
      return `Write ${array} for an array, ${string} for text, out:N for N uninitialised bytes, or null`;
    default:
      return `Write ${array} for bytes, ${string} for text, out:N for N uninitialised bytes, or null`;
  }
}

/** The errors of a call's arguments. */
export const argumentErrors = {
  wrongCount: ({ name, parameters, variadic }: Signature, got: readonly string[]) => {
    const names = parameters.map((parameter) => parameter.name);
    const number = `${names.length} argument${names.length === 1 ? "" : "s"}`;
    const takes = names.length === 0 ? "no arguments" : `${number} (${names.join(", ")})`;
    const missing = names.slice(got.length);
    return new UsageError({
      code: "ARGUMENT_COUNT",
      message: `${name} takes ${variadic ? "at least " : ""}${takes} and got ${got.length}`,
      remedy: missing.length
        ? `Give a value for ${missing.join(", ")}${missing.length > 1 ? " too" : ""}; null and out:N are values for pointers`
        : `Leave out ${quoted(got[names.length]!)}${got.length > names.length + 1 ? " and what follows" : ""}, or quote an argument that has spaces`,
    });
  },

  noValue: (place: Place) =>
    badValue(`no value can be given for ${placeText(place)}`, "Change the prototype"),

  notBool: (place: Place, text: string) =>
    badValue(`${quoted(text)} is no value for ${placeText(place)}`, "Write true or false"),

  notInteger: (place: Place, text: string, isNumber: boolean) =>
    badValue(
      `${quoted(text)} is no ${isNumber ? "whole number" : "integer"}, which ${placeText(place)} takes`,
      text === "null" ? "Write 0" : `Write a whole number, such as 5, -5 or 0xff`,
    ),

  notFloat: (place: Place, text: string) =>
    badValue(
      `${quoted(text)} is no number, which ${placeText(place)} takes`,
      "Write a number, such as 2.5, -1e9, inf or nan",
    ),

  /** `same` is the value that has the same bits and is in range, if there is one. */
  outOfRange: (
    place: Place,
    text: string,
    type: CType,
    [least, most]: readonly [bigint, bigint],
    same: bigint | null,
  ) => {
    const isByteOfPointer =
      place.element !== undefined && place.type.kind === "pointer" && place.type.to !== type;
    return outOfRange(
      `${quoted(text)} is out of range for ${placeText(place)}: it holds ${least} to ${most}`,
      isByteOfPointer
        ? "For wider elements write their type into the prototype, such as int *"
        : same !== null
          ? `Write ${same} for the same bits`
          : "Write a number in that range, or a wider type into the prototype",
    );
  },

  tooLarge: (place: Place, text: string, type: CType) =>
    outOfRange(
      `${quoted(text)} is too large for ${placeText(place)}: a ${typeText(type)} would be infinite`,
      "Write inf if that is meant",
    ),

  numberForPointer: (place: Place, text: string, to: CType) =>
    badValue(
      `${placeText(place)} is a pointer, and ${quoted(text)} is a plain number`,
      pointerRemedy(to, text.length <= LONGEST_EXAMPLE ? text : "5"),
    ),

  notArray: (place: Place, text: string, to: CType) =>
    badValue(
      text.startsWith("[")
        ? `${quoted(text)} is no array of numbers, which ${placeText(place)} takes`
        : `${quoted(text)} is text, which ${placeText(place)} does not take`,
      pointerRemedy(
        to,
        to.kind === "float" ? "1.5,2,3" : to.kind === "bool" ? "true,false" : "1,2,3",
      ),
    ),

  nestedArray: (place: Place) =>
    badValue(
      `${placeText(place)} is an array: arrays are flat`,
      "Write all elements in one array, row after row",
    ),

  pointerElement: (place: Place, text: string) =>
    badValue(
      `${quoted(text)} is no value for ${placeText(place)}: what it should point to cannot be given`,
      "Write null for every element, or out:N for N uninitialised pointers",
    ),

  badLength: (place: Place, text: string) =>
    badValue(
      `${quoted(text)} for ${placeText(place)} has no length`,
      "Write out:16 for 16 uninitialised elements, or quote the argument as JSON if text is meant",
    ),

  tooBig: (place: Place, size: bigint | number, most: number) =>
    outOfRange(
      `${size} bytes for ${placeText(place)} are more than the traced heap takes`,
      `Give at most ${most} bytes`,
    ),

  noPath: (place: Place) =>
    badValue(`'@' for ${placeText(place)} names no file`, `Write @FILE, or '"@"' if text is meant`),

  fileOfPointers: (place: Place) =>
    badValue(
      `${placeText(place)} points to pointers, which a file cannot hold`,
      "Write null, out:N for N uninitialised pointers, or '[null,null]' for null ones",
    ),

  stringOfElements: (place: Place, to: CType) =>
    badValue(
      `${placeText(place)} points to no text, and cstr@FILE is a file's bytes with a NUL behind them`,
      to.kind === "pointer"
        ? "Write null, out:N for N uninitialised pointers, or '[null,null]' for null ones"
        : "Write @FILE for the file's bytes alone",
    ),

  unreadable: (place: Place, path: string, cause: unknown) =>
    new UsageError({
      code: "ARGUMENT_FILE",
      message: `the file ${quoted(path)} for ${placeText(place)} cannot be read: ${reasonOf(cause)}`,
      remedy: `Give a file that can be read, or quote the argument as JSON if text is meant`,
      cause,
    }),

  loneSurrogate: (place: Place) =>
    badValue(
      `the text for ${placeText(place)} has half a surrogate pair, which UTF-8 cannot hold`,
      "Write the bytes as an array, or in a file as @FILE",
    ),

  badJson: (place: Place, text: string, cause: unknown) =>
    badValue(
      `${quoted(text)} for ${placeText(place)} starts with a '"' and is no JSON text`,
      `Close the '"', and escape as JSON does: '"a \\"b\\" \\\\ \\n"'`,
      cause,
    ),

  notFunction: (place: Place, text: string) =>
    badValue(
      `${quoted(text)} is no value for ${placeText(place)}, a pointer to a function`,
      `Write ${oneOf([...COMPARATORS, "null"])}`,
    ),

  variadicArray: (place: Place, text: string) =>
    badValue(
      `the element type of ${quoted(text)} for ${place.name} is not known: '...' says none`,
      "Write the parameter into the prototype, or quote the argument as JSON if text is meant",
    ),

  variadicRange: (place: Place, text: string) =>
    outOfRange(`${quoted(text)} for ${place.name} does not fit 64 bits`, "Write a smaller number"),
};

/** What went wrong with a file, on one line. */
function reasonOf(cause: unknown): string {
  return quoted(cause instanceof Error ? cause.message : String(cause)).slice(1, -1);
}
