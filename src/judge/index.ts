export { type BlockReadFacts, codeFacts } from "./block-read-facts.js";
export { BufferIndex } from "./buffer-index.js";
export { ByteSet } from "./byte-set.js";
export { FindingCollector } from "./findings.js";
export { STRING_FUNCTIONS } from "./glibc-reads.js";
