export { ElfFormatError } from "./errors.js";
export { frameSymbol } from "./frame-symbol.js";
export { Symbolizer } from "./symbolizer.js";
export type { Frame } from "./unwind/index.js";
