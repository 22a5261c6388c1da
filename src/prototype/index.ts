export { parsePrototype } from "./parse-prototype.js";
export { typeText } from "./type-text.js";
