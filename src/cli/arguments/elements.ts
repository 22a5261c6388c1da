import type { CType } from "../../model/index.js";
import { elementOf, type Place } from "../../values/index.js";
import type { ArrayText } from "./array-text.js";
import { argumentErrors } from "./errors.js";
import { quotedText } from "./quoted-text.js";
import { scalarOf } from "./scalars.js";

/** What a program would give for an array of `pointee`. */
export function arrayOf(elements: ArrayText, pointee: CType, place: Place): unknown[] {
  return elements.map((text, index) => {
    const here = elementOf(place, index);
    if (pointee.kind === "pointer") {
      if (text === "null") return null;
      if (typeof text === "string" && text.startsWith('"')) {
        return quotedText(text, pointee.to, here);
      }
      throw argumentErrors.pointerElement(here, typeof text === "string" ? text : "[…]");
    }
    return typeof text === "string" ? scalarOf(text, pointee, here) : [];
  });
}
