import { sameUnderBothEngines } from "./both-engines.js";

sameUnderBothEngines("faults.c", {
  modes: ["supervised", "low", "scattered", "partial"],
  notInHost: ["past_the_end_of_the_heap", "a_page_that_may_only_be_read"],
  slow: ["over_a_page_that_was_not_announced", "a_page_that_may_only_be_read"],
});
