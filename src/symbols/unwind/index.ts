export type { CodeMapping } from "./loaded-image.js";
export type { UnwindMemory } from "./memory.js";
export { DWARF_ORDER } from "./registers.js";
export { type Frame, MAX_FRAMES, unwind } from "./unwind.js";
