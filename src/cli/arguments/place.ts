import type { CType } from "../../model/index.js";
import { typeText } from "../../prototype/index.js";

/** Which argument is being read, and for what: where its errors point. */
export interface Place {
  /** The parameter's name; `argN` where it has none. */
  readonly name: string;
  /** Of the parameter; after `...` it is what the argument was taken for. */
  readonly type: CType;
  /** 0-based, where it is an element of an array. */
  readonly element?: number;
}

/** `buf (const uint8_t *)`, `element 2 of a (int *)`. */
export function placeText({ name, type, element }: Place): string {
  const parameter = `${name} (${typeText(type)})`;
  return element === undefined ? parameter : `element ${element} of ${parameter}`;
}
