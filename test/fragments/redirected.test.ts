import { sameUnderBothEngines } from "./both-engines.js";

sameUnderBothEngines("redirected.c");
