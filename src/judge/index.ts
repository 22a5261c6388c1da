export { BufferIndex, CallBuffers, type SortedBuffers } from "./buffer-index.js";
export { ByteSet } from "./byte-set.js";
export type { BufferContents, CallFacts, CodeNames, JudgedBuffer } from "./call-facts.js";
export { isCounted } from "./counted-functions.js";
export { FindingCollector } from "./findings.js";
export { STRING_FUNCTIONS } from "./glibc-reads.js";
export { SHIPPED_SUPPRESSIONS } from "./shipped-suppressions.js";
export { parseSuppressions, type Suppression, suppressionOf } from "./suppressions.js";
