import { sameUnderBothEngines } from "./both-engines.js";

sameUnderBothEngines("threads.c", {
  modes: ["supervised", "shared"],
  // How far it comes until the call is over; whether the number is cleared before it is waited for.
  byChance: ["a_thread_in_the_background", "a_stack_in_the_heap"],
});
