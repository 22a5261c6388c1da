import type { CType, Signature } from "../../model/index.js";
import { quoted, UsageError } from "../../model/index.js";
import type { Place } from "../../values/index.js";
import { pointerRemedy } from "./wording.js";

const badValue = (message: string, remedy: string, cause?: unknown): UsageError =>
  new UsageError({ code: "ARGUMENT_VALUE", message, remedy, cause });

const outOfRange = (message: string, remedy: string): UsageError =>
  new UsageError({ code: "ARGUMENT_RANGE", message, remedy });

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

  notInteger: (place: Place, text: string, isNumber: boolean) =>
    badValue(
      `${quoted(text)} is no ${isNumber ? "whole number" : "integer"}, which ${place.text} takes`,
      text === "null" ? "Write 0" : `Write a whole number, such as 5, -5 or 0xff`,
    ),

  numberForPointer: (place: Place, text: string, to: CType) =>
    badValue(
      `${place.text} is a pointer, and ${quoted(text)} is a plain number`,
      pointerRemedy(to, text),
    ),

  functionForPointer: ({ name, text: shown }: Place, text: string) =>
    badValue(
      `${quoted(text)} is a function, and ${shown} says not which parameters it is called with`,
      `Write its type in the prototype, as int (*${name})(int), or quote the argument as JSON if text is meant`,
    ),

  notArray: (place: Place, text: string, to: CType) =>
    badValue(
      `${quoted(text)} is no array of numbers, which ${place.text} takes`,
      pointerRemedy(to),
    ),

  notComposed: (place: Place, text: string, to: CType) =>
    badValue(`${quoted(text)} is no value for ${place.text}`, pointerRemedy(to)),

  pointerElement: (place: Place, text: string) =>
    badValue(
      `${quoted(text)} is no value for ${place.text}: what it should point to cannot be given`,
      'Write null or text as "text" for every element, or out:N for N uninitialised pointers',
    ),

  badLength: (place: Place, text: string) =>
    badValue(
      `${quoted(text)} for ${place.text} has no length`,
      "Write out:16 for 16 uninitialised elements, or quote the argument as JSON if text is meant",
    ),

  tooBig: (name: string, size: number, most: number) =>
    outOfRange(
      `${size} bytes for ${name} are more than the traced heap takes`,
      `Give at most ${most} bytes`,
    ),

  noPath: (place: Place) =>
    badValue(`'@' for ${place.text} names no file`, `Write @FILE, or '"@"' if text is meant`),

  fileOfPointers: (place: Place) =>
    badValue(
      `${place.text} points to pointers, which a file cannot hold`,
      "Write null, out:N for N uninitialised pointers, or '[null,null]' for null ones",
    ),

  stringOfElements: (place: Place, to: CType) =>
    badValue(
      `${place.text} points to no text, and cstr@FILE is a file's bytes with a NUL behind them`,
      to.kind === "pointer"
        ? "Write null, out:N for N uninitialised pointers, or '[null,null]' for null ones"
        : "Write @FILE for the file's bytes alone",
    ),

  unreadable: (place: Place, path: string, cause: unknown) =>
    new UsageError({
      code: "ARGUMENT_FILE",
      message: `the file ${quoted(path)} for ${place.text} cannot be read: ${reasonOf(cause)}`,
      remedy: `Give a file that can be read, or quote the argument as JSON if text is meant`,
      cause,
    }),

  badJson: (place: Place, text: string, cause: unknown) =>
    badValue(
      `${quoted(text)} for ${place.text} starts with a '"' and is no JSON text`,
      `Close the '"', and escape as JSON does: '"a \\"b\\" \\\\ \\n"'`,
      cause,
    ),
};

/** What went wrong with a file, on one line. */
function reasonOf(cause: unknown): string {
  return quoted(cause instanceof Error ? cause.message : String(cause)).slice(1, -1);
}
