export { parsePrototype } from "./parse-prototype.js";
export { type NamedType, parseType } from "./parse-type.js";
export { typeText } from "./type-text.js";
