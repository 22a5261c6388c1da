import { casesOf, sameUnderBothEngines } from "./both-engines.js";

sameUnderBothEngines("interrupted.c", {
  modes: ["supervised", "closing"],
  notInHost: ["alarms_at_the_end_of_the_heap"],
  byChance: casesOf("interrupted.c"), // when a signal comes is the clock's business
});
