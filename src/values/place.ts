import type { CType } from "../model/index.js";
import { typeText } from "../prototype/index.js";

/** What a value is given for. */
export interface Place {
  /** What memory that is made for it is called: `list`, `list.next`, `list[0]`. */
  readonly name: string;
  /** For messages: `buf (const uint8_t *)`, `element 2 of a (int *)`. */
  readonly text: string;
  /** In how many others it stands; 0 unless given. */
  readonly depth?: number;
}

/** `why` is what its type is known from, where that is no prototype: `%d`. */
export function placeOf(name: string, type: CType, why?: string): Place {
  return { name, text: `${name} (${typeText(type)}${why === undefined ? "" : `, for ${why}`})` };
}

export function elementOf({ name, text, depth = 0 }: Place, index: number): Place {
  return { name: `${name}[${index}]`, text: `element ${index} of ${text}`, depth: depth + 1 };
}

export function fieldOf({ name, text, depth = 0 }: Place, field: string): Place {
  return { name: `${name}.${field}`, text: `field ${field} of ${text}`, depth: depth + 1 };
}
