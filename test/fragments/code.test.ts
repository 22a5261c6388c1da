import { sameUnderBothEngines } from "./both-engines.js";

const OF_THE_HEAP = [
  "a_part_of_the_heap_is_unmapped",
  "a_part_of_the_heap_moves",
  "a_part_of_the_heap_is_closed_and_opened",
];

sameUnderBothEngines("code.c", {
  modes: ["supervised", "closing", "low"],
  // Our own heap is shared memory, whose pages are not thrown away; the others need the heap's end.
  notInHost: [...OF_THE_HEAP, "memory_that_is_thrown_away"],
  slow: ["code_that_writes_itself", "code_with_another_mapping"],
});
