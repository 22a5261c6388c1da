import { sameUnderBothEngines } from "./both-engines.js";

// Their code may change at any time: it is left to the reference engine.
const OPEN = [
  "a_memory_file_that_is_written",
  "a_memory_file_that_is_mapped_twice",
  "a_file_that_is_open_for_writing",
];

sameUnderBothEngines("written.c", { modes: ["supervised", "low"], slow: OPEN });
