import { casesOf, sameUnderBothEngines } from "./both-engines.js";

sameUnderBothEngines("interrupted.c", {
  modes: ["supervised", "closing"],
  byChance: casesOf("interrupted.c"), // when a signal comes is the clock's business
});
