import type { OptionSpec } from "../../model/index.js";
import {
  anyOf,
  listOf,
  number,
  objectOf,
  oneOfWords,
  required,
  text,
} from "../../model/options.js";
import { HOST_CALL, HOST_LOAD, SESSION_INPUT } from "../session/session-spec.js";
import type { ChildSpec, SupervisorInput } from "./supervisor-events.js";

/** What a supervisor's input and requests may be, for those whose compiler does not say so. */

export const CHILD: OptionSpec<ChildSpec> = {
  id: required(text),
  start: required(objectOf(SESSION_INPUT)),
  restart: oneOfWords(["permanent", "transient", "temporary"]),
  shutdown: anyOf(number({ least: 0, unit: "ms" }), oneOfWords(["brutal-kill", "infinity"])),
};

export const SUPERVISOR_INPUT: OptionSpec<SupervisorInput> = {
  children: listOf(objectOf(CHILD)),
  strategy: oneOfWords(["one-for-one"]),
  intensity: number({ least: 0, infinite: true }),
  period: number({ least: 0, infinite: true, unit: "ms" }),
};

export const CALL_REQUEST: OptionSpec = {
  ref: required(text),
  call: required(objectOf(HOST_CALL)),
};
export const LOAD_REQUEST: OptionSpec = {
  ref: required(text),
  load: required(objectOf(HOST_LOAD)),
};
