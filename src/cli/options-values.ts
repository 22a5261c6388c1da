import { STACK_LIMITS } from "../model/index.js";
import type { ColorChoice, ListedAccesses } from "../report/index.js";
import { commandLineErrors } from "./errors.js";

/** The longest delay a Node timer takes: more would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

const HIGHEST_PORT = 65_535;

/** How long the inspector's page is served. */
export type PageEnd = "exit" | "closed";

/** What catches accesses: fragments with the reference engine behind them, or that one alone. */
export type EngineChoice = "auto" | "reference";

/** Milliseconds, at least 1; null where the option was not given. */
export function milliseconds(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const expected = `a time in milliseconds, 1 to ${LONGEST_MS}`;
  return wholeNumber(option, value, 1, LONGEST_MS, expected, "10000");
}

/** A count, 0 allowed; null where the option was not given. */
export function count(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  return wholeNumber(option, value, 0, Number.MAX_SAFE_INTEGER, "a whole number", "1000");
}

/** Of a call's stack, in bytes; null where the option was not given. */
export function stackBytes(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  const { least, most } = STACK_LIMITS;
  const expected = `a number of bytes, ${least} to ${most}`;
  return wholeNumber(option, value, least, most, expected, String(most));
}

export function engineChoice(option: string, value: string | undefined): EngineChoice {
  if (value === undefined || value === "auto") return "auto";
  if (value === "reference") return value;
  throw commandLineErrors.badOptionValue(option, value, "auto or reference", "auto");
}

/** `--accesses`; null where the option was not given. */
export function listedAccesses(option: string, value: string | undefined): ListedAccesses | null {
  if (value === undefined || value === "all" || value === "offending") return value ?? null;
  const expected = "a whole number, all or offending";
  return wholeNumber(option, value, 0, Number.MAX_SAFE_INTEGER, expected, "100");
}

export function colorChoice(option: string, value: string | undefined): ColorChoice {
  if (value === undefined || value === "auto") return "auto";
  if (value === "always" || value === "never") return value;
  throw commandLineErrors.badOptionValue(option, value, "auto, always or never", "never");
}

/** A TCP port, 0 allowed; null where the option was not given. */
export function port(option: string, value: string | undefined): number | null {
  if (value === undefined) return null;
  return wholeNumber(option, value, 0, HIGHEST_PORT, `a port, 0 to ${HIGHEST_PORT}`, "8080");
}

export function pageEnd(option: string, value: string | undefined): PageEnd {
  if (value === undefined || value === "closed") return "closed";
  if (value === "exit") return value;
  throw commandLineErrors.badOptionValue(option, value, "exit or closed", "exit");
}

function wholeNumber(
  option: string,
  value: string,
  least: number,
  most: number,
  expected: string,
  example: string,
): number {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw commandLineErrors.badOptionValue(option, value, expected, example);
}
