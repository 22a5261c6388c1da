import { sameUnderBothEngines } from "../fragments/both-engines.js";

sameUnderBothEngines("mappings.c", {
  modes: ["supervised", "closing", "shared", "low"],
  hostIsLike: "shared",
  // They are about where a plain client's heap is kept, or need its end.
  notInHost: [
    "unmapped_across_its_end",
    "another_mapping_where_it_is_kept",
    "another_mapping_where_it_is_kept_if_there_is_room",
    "another_mapping_that_would_like_to_be_there",
    "another_mapping_is_moved_to_where_it_is_kept",
    "a_segment_where_it_is_kept",
  ],
  byChance: ["mapped_over_by_another_thread_while_it_is_used"],
});
