export { LARGEST_BUFFER_BYTES, type ReadFile } from "./buffers.js";
export { parseArguments } from "./parse-arguments.js";
