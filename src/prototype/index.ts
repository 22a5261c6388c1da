export { Declarations, type Declared } from "./declarations/declarations.js";
export type { SkipKind, SkippedDeclaration } from "./declarations/skipped.js";
export type { Names } from "./names.js";
export { parsePrototype } from "./parse-prototype.js";
export { flat, type NamedType, parseType } from "./parse-type.js";
export { typeText } from "./type-text.js";
