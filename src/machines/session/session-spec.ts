import { VALUE_CLASSES } from "../../abi/index.js";
import { WIRE_TYPES } from "../../ipc/index.js";
import { CallBuffers } from "../../judge/index.js";
import type { HeapBuffer, OptionKind, OptionSpec } from "../../model/index.js";
import {
  flag,
  kindOf,
  listOf,
  number,
  objectOf,
  oneOfWords,
  recordOf,
  required,
  text,
} from "../../model/options.js";
import type { HostCall, HostLoad, SessionInput } from "./session-events.js";

/** What a session's input and requests may be, for those whose compiler does not say so. */

const duration = number({ least: 0, infinite: true, unit: "ms" });
const position = number({ least: 0, whole: true });

export const SESSION_INPUT: OptionSpec<SessionInput> = {
  command: required(text),
  args: listOf(text),
  env: recordOf(text),
  stdoutToStderr: flag,
  engine: oneOfWords(["auto", "reference"]),
  timeout: duration,
  startTimeout: duration,
  maxEvents: number({ least: 0, infinite: true }),
  symbols: flag,
};

export const HOST_LOAD: OptionSpec<HostLoad> = { library: required(text), deep: required(flag) };

const COMPARATOR = objectOf({ type: required(text), name: required(text) });
const BYTES = objectOf({
  type: required(text),
  class: required(oneOfWords(VALUE_CLASSES)),
  align: required(number({ least: 0, whole: true })),
  bytes: required(
    kindOf(
      "bytes in hex",
      (value) => typeof value === "string" && /^(?:[\da-f]{2})*$/i.test(value),
    ),
  ),
});
const VALUE_TYPES = [
  ...WIRE_TYPES.filter((type) => type !== "void"),
  ...["result", "bytes", "comparator"],
];
const VALUE = objectOf({
  type: required(oneOfWords(VALUE_TYPES)),
  value: required(
    kindOf(
      "a number, or an integer as text",
      (value) =>
        typeof value === "number" ||
        (typeof value === "string" && /^(-?\d+|0x[\da-f]+)$/i.test(value)),
    ),
  ),
});

const argument: OptionKind = {
  expected: "an argument: its type and its value",
  faultOf(value, path) {
    const { type } = (value ?? {}) as { readonly type?: unknown };
    const kind = type === "comparator" ? COMPARATOR : type === "bytes" ? BYTES : VALUE;
    return kind.faultOf(value, path);
  },
};

const BUFFER: OptionSpec<HeapBuffer> = {
  name: required(text),
  arg: required(number({ least: -1, whole: true })),
  address: required(position),
  size: required(position),
  const: required(flag),
};

const BUFFERS = listOf(objectOf(BUFFER));

/** A scope's own are not looked at one by one. */
const buffers: OptionKind = {
  expected: BUFFERS.expected,
  faultOf: (value, path) => (value instanceof CallBuffers ? null : BUFFERS.faultOf(value, path)),
};

export const HOST_CALL: OptionSpec<HostCall> = {
  ...HOST_LOAD,
  symbol: required(text),
  result: required(oneOfWords([...WIRE_TYPES, ...VALUE_CLASSES])),
  args: required(listOf(argument)),
  fixedArgs: required(number({ least: -1, whole: true })),
  resolve: required(listOf(text)),
  timeout: duration,
  buffers,
  unwritten: listOf(position),
};
