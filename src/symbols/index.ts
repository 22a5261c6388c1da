export { ElfFormatError } from "./errors.js";
export { Symbolizer } from "./symbolizer.js";
export { symbolizerOf } from "./symbolizer-of.js";
