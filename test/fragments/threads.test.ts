import { sameUnderBothEngines } from "./both-engines.js";

sameUnderBothEngines("threads.c", {
  modes: ["supervised", "shared"],
  byChance: ["a_thread_in_the_background"], // how far it comes until the call is over
});
