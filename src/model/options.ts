import { UsageError } from "./errors.js";
import { nearestName } from "./nearest-name.js";
import { oneOf, quoted } from "./quoted.js";

/**
 * Options, inputs and requests of callers, checked at run time: types do not reach JavaScript, JSON
 * and snapshots. A key that nobody knows, and a value of the wrong kind, are errors that name the key.
 *
 * ```ts
 * const SPEC: OptionSpec<OpenOptions> = { timeout: number({ least: 0, unit: "ms" }), name: text };
 * checkOptions({ timeut: 5 }, SPEC, "Scope.open");
 * // UsageError INVALID_OPTION: Scope.open: unknown option 'timeut'. Did you mean 'timeout'?
 * ```
 */

/** What a value may be. */
export interface OptionKind {
  /** As a sentence has it: `a number of ms`. */
  readonly expected: string;
  /** The key must be there. */
  readonly required?: boolean;
  /** What is wrong with `value`, which stands at `path`; null where nothing is. */
  readonly faultOf: (value: unknown, path: string) => OptionFault | null;
}

/** The kinds of all keys that a `T` may have. */
export type OptionSpec<T = Record<string, unknown>> = {
  readonly [K in keyof Required<T>]: OptionKind;
};

export interface OptionFault {
  /** One line, without the name of what was called. */
  readonly message: string;
  readonly remedy: string;
}

/**
 * Throws UsageError unless `options` is an object that `spec` allows. A key whose value is undefined
 * counts as absent. `where`: what was called, as its user writes it (`Scope.open`). `code`: of the
 * error, where it is not about options.
 */
export function checkOptions(
  options: unknown,
  spec: OptionSpec,
  where: string,
  code = "INVALID_OPTION",
): void {
  const error = optionsError(options, spec, where, code);
  if (error !== null) throw error;
}

/** What {@link checkOptions} throws; null where `options` are right. */
export function optionsError(
  options: unknown,
  spec: OptionSpec,
  where: string,
  code = "INVALID_OPTION",
): UsageError | null {
  const fault = faultIn(options === undefined ? {} : options, spec, "");
  if (fault === null) return null;
  const { message, remedy } = fault;
  return new UsageError({ code, message: `${where}: ${message}`, remedy });
}

/** A kind by one test. */
export function kindOf(expected: string, isRight: (value: unknown) => boolean): OptionKind {
  return {
    expected,
    faultOf: (value, path) => (isRight(value) ? null : wrongKind(value, path, expected)),
  };
}

export const text = kindOf("a string", (value) => typeof value === "string");
export const flag = kindOf("true or false", (value) => typeof value === "boolean");
export const callback = kindOf("a function", (value) => typeof value === "function");
/** Whatever it is, it is checked elsewhere. */
export const anything = kindOf("any value", () => true);

/** What a number must be. */
export interface NumberLimits {
  readonly least?: number;
  readonly most?: number;
  readonly whole?: boolean;
  /** Infinity is a value, too. */
  readonly infinite?: boolean;
  /** What is counted: `ms`, `bytes`. */
  readonly unit?: string;
}

export function number(limits: NumberLimits = {}): OptionKind {
  const { least = -Infinity, most = Infinity, whole = false, infinite = false, unit } = limits;
  const what = `a ${whole ? "whole " : ""}number${unit ? ` of ${unit}` : ""}`;
  const range =
    least > -Infinity && most < Infinity
      ? ` from ${least} to ${most}`
      : least > -Infinity
        ? ` of at least ${least}`
        : most < Infinity
          ? ` of at most ${most}`
          : "";
  const separator = unit && range ? "," : "";
  return kindOf(`${what}${separator}${range}${infinite ? ", or Infinity" : ""}`, (value) => {
    if (typeof value !== "number" || value < least || value > most) return false;
    if (value === Infinity) return infinite;
    return whole ? Number.isInteger(value) : Number.isFinite(value);
  });
}

export function oneOfWords(words: readonly string[]): OptionKind {
  const expected = oneOf(words.map(quoted));
  return {
    expected,
    faultOf(value, path) {
      if (words.includes(value as string)) return null;
      const near = typeof value === "string" ? nearestName(value, words) : null;
      const fault = wrongKind(value, path, expected);
      return near === null ? fault : { ...fault, remedy: `Did you mean ${quoted(near)}?` };
    },
  };
}

export function listOf(kind: OptionKind): OptionKind {
  const expected = `a list, each ${kind.expected}`;
  return {
    expected,
    faultOf(value, path) {
      if (!Array.isArray(value)) return wrongKind(value, path, expected);
      return firstFault(value.entries(), (index, item) => kind.faultOf(item, `${path}[${index}]`));
    },
  };
}

/** An object whose keys are the caller's own. */
export function recordOf(kind: OptionKind): OptionKind {
  const expected = `an object, each value ${kind.expected}`;
  return {
    expected,
    faultOf(value, path) {
      if (!isObject(value)) return wrongKind(value, path, expected);
      return firstFault(Object.entries(value), (key, item) => kind.faultOf(item, `${path}.${key}`));
    },
  };
}

/** An object with keys of `spec`. */
export function objectOf(spec: OptionSpec): OptionKind {
  return { expected: "an object", faultOf: (value, path) => faultIn(value, spec, path) };
}

/** A value of any of `kinds`. Where none fits, the fault is told by `expected`. */
export function anyOf(...kinds: readonly OptionKind[]): OptionKind {
  const expected = oneOf(kinds.map((kind) => kind.expected));
  return kindOf(expected, (value) => kinds.some((kind) => kind.faultOf(value, "") === null));
}

export function required(kind: OptionKind): OptionKind {
  return { ...kind, required: true };
}

function faultIn(options: unknown, spec: OptionSpec, path: string): OptionFault | null {
  if (!isObject(options)) return wrongKind(options, path, "an object");
  const at = (key: string) => (path === "" ? key : `${path}.${key}`);
  const known = Object.keys(spec);
  // What is misspelt may also be missed: the misspelling says more.
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(spec, key)) return unknownKey(at(key), key, known);
  }
  for (const [key, kind] of Object.entries(spec)) {
    const value = options[key];
    if (value === undefined && kind.required) return missing(at(key), kind);
    const fault = value === undefined ? null : kind.faultOf(value, at(key));
    if (fault !== null) return fault;
  }
  return null;
}

function firstFault<K, V>(
  entries: Iterable<readonly [K, V]>,
  faultOf: (key: K, value: V) => OptionFault | null,
): OptionFault | null {
  for (const [key, value] of entries) {
    const fault = faultOf(key, value);
    if (fault !== null) return fault;
  }
  return null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknownKey(path: string, key: string, known: readonly string[]): OptionFault {
  const near = nearestName(key, known);
  return {
    message: `unknown option ${quoted(path)}`,
    remedy: near === null ? `The options are ${known.join(", ")}` : `Did you mean '${near}'?`,
  };
}

function missing(path: string, { expected }: OptionKind): OptionFault {
  return { message: `option ${quoted(path)} is missing`, remedy: `Give ${expected}` };
}

function wrongKind(value: unknown, path: string, expected: string): OptionFault {
  const what = path === "" ? "what was given" : `option ${quoted(path)}`;
  return { message: `${what} is ${shown(value)}, not ${expected}`, remedy: `Give ${expected}` };
}

/** A value as a message shows it. */
function shown(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (Array.isArray(value)) return "a list";
  return isObject(value) ? "an object" : String(value);
}
