import type { CType } from "../../model/index.js";
import type { ArrayText } from "./array-text.js";
import { argumentErrors } from "./errors.js";
import type { Place } from "./place.js";
import { boolValue, floatValue, intValue } from "./scalars.js";

/** x86-64. */
const POINTER_BYTES = 8;

/** A byte of memory that has no type, or that holds characters: of either sign. */
const ANY_BYTE = [-128n, 255n] as const;
const BYTE = { kind: "int", bytes: 1, signed: false, char: false } as const;

/** Bytes of one element behind a pointer; of memory whose layout is not known, a byte. */
export function elementBytes(pointee: CType): number {
  switch (pointee.kind) {
    case "int":
    case "float":
      return pointee.bytes;
    case "pointer":
      return POINTER_BYTES;
    default:
      return 1;
  }
}

/** The bytes of an array of `pointee`, little-endian. */
export function arrayBytes(pointee: CType, elements: ArrayText, place: Place): Uint8Array {
  const size = elementBytes(pointee);
  const view = new DataView(new ArrayBuffer(elements.length * size));
  elements.forEach((text, element) => {
    const here = { ...place, element };
    if (typeof text !== "string") throw argumentErrors.nestedArray(here);
    writeElement(view, element * size, pointee, text, here);
  });
  return new Uint8Array(view.buffer);
}

function writeElement(view: DataView, at: number, type: CType, text: string, place: Place): void {
  switch (type.kind) {
    case "bool":
      view.setUint8(at, Number(boolValue(text, place)));
      break;
    case "float": {
      const value = floatValue(text, type, place);
      if (type.bytes === 4) view.setFloat32(at, value, true);
      else view.setFloat64(at, value, true);
      break;
    }
    case "pointer":
      if (text !== "null") throw argumentErrors.pointerElement(place, text);
      break; // the memory is zero already
    case "int": {
      const value = intValue(text, type, place, type.char ? ANY_BYTE : undefined);
      writeInteger(view, at, type.bytes, value);
      break;
    }
    default:
      writeInteger(view, at, 1, intValue(text, BYTE, place, ANY_BYTE));
  }
}

function writeInteger(view: DataView, at: number, bytes: number, value: bigint): void {
  for (let byte = 0; byte < bytes; byte++) {
    view.setUint8(at + byte, Number(BigInt.asUintN(8, value >> BigInt(byte * 8))));
  }
}
