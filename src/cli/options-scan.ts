import { nearestName } from "../model/index.js";
import { commandLineErrors } from "./errors.js";
import type { OptionRow } from "./option-table.js";

/** Where options may stand: anywhere among the operands, or only before the first one. */
export type OptionPlace = "anywhere" | "before-operands";

export interface ScannedLine {
  /** `--help` came: nothing after it was looked at. */
  readonly help: boolean;
  /** Each option that was given, with its value (empty where it takes none). The last one counts. */
  readonly values: ReadonlyMap<string, string>;
  /** The same, in the order in which they were given, all of them. */
  readonly given: readonly (readonly [option: string, value: string])[];
  readonly operands: readonly string[];
}

/** `-5`, `-0.25`, `-.5`, `-0x10`, `-1e9`, `-inf`, `-nan`. */
const NEGATIVE_NUMBER = /^-(\.?\d|inf(inity)?$|nan$)/i;

/**
 * Splits a command's words into options and operands. `util.parseArgs` is of no use here: it takes
 * `-5` for the option `5`, and an unknown option's value for an operand.
 */
export function scanOptions(
  words: readonly string[],
  table: readonly OptionRow[],
  command: string,
  place: OptionPlace,
): ScannedLine {
  const given: (readonly [string, string])[] = [];
  const operands: string[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (word === "--") {
      operands.push(...words.slice(index + 1));
      break;
    }
    if (!looksLikeOption(word)) {
      if (place === "before-operands") {
        operands.push(...words.slice(index));
        break;
      }
      operands.push(word);
      continue;
    }
    if (word === "--help" || word === "-h") return scanned(true, given, operands);
    const { name, attached } = splitOption(word);
    const row = table.find((option) => option.name === name);
    if (row === undefined) {
      const names = [...table.map((option) => option.name), "--help"];
      throw commandLineErrors.unknownOption(name, command, nearestName(name, names));
    }
    if (row.value === null) {
      if (attached !== null) throw commandLineErrors.optionTakesNoValue(name, attached);
      given.push([name, ""]);
      continue;
    }
    const next = words[index + 1];
    const value = attached ?? (next?.startsWith("--") ? undefined : next);
    if (!value) throw commandLineErrors.optionNeedsValue(name, row.value);
    if (attached === null) index++;
    given.push([name, value]);
  }
  return scanned(false, given, operands);
}

function scanned(
  help: boolean,
  given: ScannedLine["given"],
  operands: readonly string[],
): ScannedLine {
  return { help, values: new Map(given), given, operands };
}

/** A lone `-` is text, and a negative number is an argument. */
export function looksLikeOption(word: string): boolean {
  return word.startsWith("-") && word !== "-" && !NEGATIVE_NUMBER.test(word);
}

function splitOption(word: string): { name: string; attached: string | null } {
  const equals = word.indexOf("=");
  return equals < 0
    ? { name: word, attached: null }
    : { name: word.slice(0, equals), attached: word.slice(equals + 1) };
}
