import { nearestName } from "../model/index.js";
import { typeNames } from "./named-types.js";
import { arithmeticWords } from "./words.js";

/** Shorter names are near too much: `u8` is no better a guess for `x8` than `s8`. */
const SHORTEST = 4;

const names = [...arithmeticWords, ...typeNames].filter(({ length }) => length >= SHORTEST);

/** The type that an unknown name is most likely a slip for, or null. */
export function nearestType(name: string): string | null {
  return nearestName(name, names);
}
