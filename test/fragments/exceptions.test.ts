import { sameUnderBothEngines } from "./both-engines.js";

sameUnderBothEngines("exceptions.cc", { modes: ["supervised"] });
