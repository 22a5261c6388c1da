import { sameUnderBothEngines } from "./both-engines.js";

// Not in a heap that the client has closed: a forked child has it closed too.
sameUnderBothEngines("stacks.c", { modes: ["supervised", "shared", "moving"] });
