export type { CallbackFunction } from "../model/index.js";
export { type CheckedArgument, checkArguments } from "./check-arguments.js";
export { COMPARATORS, type ValueErrors, valueErrors, type Wording } from "./errors.js";
export { type FormatValue, formatValues } from "./formats/format-values.js";
export { as, bytesOf, isOut, isTyped, type OutArgument, out, type TypedArgument } from "./given.js";
export { laidOut, pointee } from "./lay-out.js";
export {
  type Fields,
  isOpen,
  type Layout,
  layoutOf,
  layoutOfC,
  layoutOfDeclared,
  type PointerType,
  pointer,
  type StructType,
  struct,
  type TypeSpec,
} from "./layout.js";
export { layoutErrors } from "./layout-errors.js";
export { libraryErrors, shown as libraryShown } from "./library-wording.js";
export { elementOf, fieldOf, type Place, placeOf } from "./place.js";
export { readValue } from "./read-value.js";
export type { CheckedValue, Laid, LaidPointer, ValueRules } from "./rules.js";
export { decodeText, nulBytes, utf8 } from "./text.js";
