import { oneOf, quoted, UsageError } from "../model/index.js";

/** The errors of commands and options. */
export const commandLineErrors = {
  noCommand: (commands: readonly string[]) =>
    new UsageError({
      code: "NO_COMMAND",
      message: "no command was given",
      remedy: `Give one of ${oneOf(commands)}; ffiscope --help explains them`,
    }),

  unknownCommand: (name: string, near: string | null) =>
    new UsageError({
      code: "UNKNOWN_COMMAND",
      message: `there is no command ${quoted(name)}`,
      remedy: near ? `Did you mean ${near}?` : "ffiscope --help lists the commands",
    }),

  unknownShell: (name: string, shells: readonly string[]) =>
    new UsageError({
      code: "UNKNOWN_SHELL",
      message: `there is no completion for ${quoted(name)}`,
      remedy: `Give one of ${oneOf(shells)}`,
    }),

  unknownOption: (option: string, command: string | null, near: string | null) =>
    new UsageError({
      code: "UNKNOWN_OPTION",
      message: `${command ?? "ffiscope"} has no option ${quoted(option)}`,
      remedy: near
        ? `Did you mean ${near}?`
        : command === "trace"
          ? "For an argument that starts with '-', put -- before the arguments"
          : `${command ? `ffiscope ${command}` : "ffiscope"} --help lists the options`,
    }),

  optionNeedsValue: (option: string, value: string) =>
    new UsageError({
      code: "OPTION_NEEDS_VALUE",
      message: `${option} needs a value`,
      remedy: `Write ${option} ${value} or ${option}=${value}`,
    }),

  htmlIsToCome: () =>
    new UsageError({
      code: "HTML_IS_TO_COME",
      message: "--html is reserved, and no HTML report is built yet",
      remedy: "Leave it out for the report on the terminal, or use --json",
    }),

  twoOnOutput: () =>
    new UsageError({
      code: "TWO_ON_OUTPUT",
      message: "--json and --sarif - both print on standard output, which takes one",
      remedy: "Give --sarif the path of a file",
    }),

  outputFile: (option: string, path: string, cause: unknown) =>
    new UsageError({
      code: "OUTPUT_FILE",
      message: `${option} ${quoted(path)} cannot be written: ${(cause as Error).message}`,
      remedy: "Give the path of a file in a folder that exists and that you may write to",
      cause,
    }),

  optionTakesNoValue: (option: string, value: string) =>
    new UsageError({
      code: "OPTION_TAKES_NO_VALUE",
      message: `${option} takes no value, and got ${quoted(value)}`,
      remedy: `Write ${option} alone`,
    }),

  badOptionValue: (option: string, value: string, expected: string, example: string) =>
    new UsageError({
      code: "BAD_OPTION_VALUE",
      message: `${option} takes ${expected}, and got ${quoted(value)}`,
      remedy: `Write for example ${option} ${example}`,
    }),

  missingOperand: (command: string, what: string, synopsis: string) =>
    new UsageError({
      code: "MISSING_OPERAND",
      message: `${command} needs ${what}`,
      remedy: `Write ${synopsis}`,
    }),

  unexpectedOperand: (command: string, operand: string) =>
    new UsageError({
      code: "UNEXPECTED_OPERAND",
      message: `${command} takes no argument, and got ${quoted(operand)}`,
      remedy: `ffiscope ${command} --help explains it`,
    }),
};
