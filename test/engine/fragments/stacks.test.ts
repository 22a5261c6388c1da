import { sameUnderBothEngines } from "./both-engines.js";

sameUnderBothEngines("stacks.c", { modes: ["supervised", "closing", "shared"] });
