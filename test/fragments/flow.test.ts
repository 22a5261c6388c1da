import { sameUnderBothEngines } from "./both-engines.js";

sameUnderBothEngines("flow.c");
