import { quoted, UsageError } from "../../model/index.js";
import type { Token } from "../tokens.js";

const PREPROCESS = "Give what 'cc -E FILE.h' prints, or 'cc -E -dD FILE.h' with its macros";

const unsupported = (message: string, remedy: string): UsageError =>
  new UsageError({ code: "DECLARATION_UNSUPPORTED", message, remedy });

const undeclared = (message: string, remedy: string): UsageError =>
  new UsageError({ code: "NOT_DECLARED", message, remedy });

const at = ({ source, at }: Token) => source.placeOf(at);

/** The errors of whole texts of declarations. */
export const declarationErrors = {
  directive: (text: string, place: string) =>
    new UsageError({
      code: "NOT_PREPROCESSED",
      message: `${quoted(text)} stands at ${place}, and what it does to the text is not known`,
      remedy: PREPROCESS,
    }),

  nothing: (what: string) =>
    new UsageError({
      code: "DECLARATION_EMPTY",
      message: `${what} declares nothing`,
      remedy: "Give C declarations, such as 'int add(int a, int b);'",
    }),

  notC: (most: number, token: Token) =>
    unsupported(
      `more than ${most} declarations up to ${at(token)} are not understood`,
      "Give C declarations; only C headers can be declared",
    ),

  notConstant: (token: Token) =>
    unsupported(
      `${token.kind === "end" ? "the end" : quoted(token.text)} at ${at(token)} is no integer constant`,
      "Write the number that it stands for",
    ),

  badLength: (token: Token) =>
    unsupported(`the length at ${at(token)} is none that an array has`, "Write a whole number"),

  incomplete: (name: string, token: Token) =>
    unsupported(
      `the type of ${quoted(name)} at ${at(token)} has no known size`,
      "Declare that type first",
    ),

  bitField: (token: Token) =>
    unsupported(`no bit-field can be as the one at ${at(token)}`, "Give it a width of its type's"),

  mode: (token: Token) =>
    unsupported(
      `the machine mode at ${at(token)} is not known`,
      "Write the type that it stands for",
    ),

  tooLarge: (token: Token) =>
    unsupported(`the type at ${at(token)} is larger than memory`, "Check its lengths"),

  notExported: (name: string, place: string) =>
    undeclared(
      `${quoted(name)} is static at ${place}, so no library exports it`,
      "Call a function that it calls, or compile it into a library of your own",
    ),

  macro: (name: string, text: string, place: string) =>
    undeclared(
      `${quoted(name)} is a macro at ${place}: ${quoted(text)}`,
      "Call the function that it stands for",
    ),

  unknown: (what: "function" | "data", name: string, near: string | null) =>
    undeclared(
      `no ${what} named ${quoted(name)} is declared`,
      near
        ? `Did you mean ${near}?`
        : `Give its ${what === "data" ? "type" : "prototype"}, or declare the header that has it`,
    ),

  notFunction: (name: string, place: string) =>
    undeclared(`${quoted(name)} is declared as data at ${place}`, "Read it with lib.data()"),

  notData: (name: string, place: string) =>
    undeclared(`${quoted(name)} is declared as a function at ${place}`, "Call it with lib.func()"),

  notCallable: (name: string, place: string) =>
    unsupported(
      `what ${quoted(name)} at ${place} takes or returns is not known`,
      "Declare its types, or give its prototype",
    ),
};
