import type { CType } from "../../model/index.js";
import { elementOf, type Place } from "../../values/index.js";
import type { ArrayText } from "./array-text.js";
import { argumentErrors } from "./errors.js";
import { scalarOf } from "./scalars.js";

/** What a program would give for an array of `pointee`. */
export function arrayOf(elements: ArrayText, pointee: CType, place: Place): unknown[] {
  return elements.map((text, index) => {
    const here = elementOf(place, index);
    if (pointee.kind === "pointer") {
      if (text === "null") return null;
      throw argumentErrors.pointerElement(here, typeof text === "string" ? text : "[…]");
    }
    return typeof text === "string" ? scalarOf(text, pointee, here) : [];
  });
}
