export { ElfFormatError } from "./errors.js";
export { Symbolizer } from "./symbolizer.js";
