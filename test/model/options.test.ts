import { strictEqual, throws } from "node:assert/strict";
import { FfiscopeError } from "../../dist/model/index.js";
import {
  anyOf,
  callback,
  checkOptions,
  flag,
  listOf,
  number,
  objectOf,
  oneOfWords,
  recordOf,
  required,
  text,
} from "../../dist/model/options.js";

const SPEC = {
  timeout: number({ least: 0, unit: "ms", infinite: true }),
  hosts: number({ least: 1, most: 64, whole: true }),
  engine: oneOfWords(["auto", "reference"]),
  quiet: flag,
  name: text,
  args: listOf(text),
  env: recordOf(text),
  inspect: callback,
  start: objectOf({ command: required(text), size: anyOf(text, number()) }),
};

/** A faulty value, and what is said of it. */
const FAULTS: readonly (readonly [unknown, string])[] = [
  [{ timeut: 5 }, "open: unknown option 'timeut'. Did you mean 'timeout'?"],
  [
    { zzz: 1 },
    "open: unknown option 'zzz'. The options are timeout, hosts, engine, quiet, name, args, env, inspect, start",
  ],
  [
    { timeout: "5s" },
    "open: option 'timeout' is '5s', not a number of ms, of at least 0, or Infinity. Give a number of ms, of at least 0, or Infinity",
  ],
  [{ timeout: -1 }, "open: option 'timeout' is -1, not a number of ms, of at least 0, or Infinity"],
  [{ timeout: Number.NaN }, "open: option 'timeout' is NaN, not a number of ms"],
  [{ timeout: null }, "open: option 'timeout' is null, not a number of ms"],
  [{ timeout: 5n }, "open: option 'timeout' is 5n, not a number of ms"],
  [{ hosts: 0 }, "open: option 'hosts' is 0, not a whole number from 1 to 64"],
  [{ hosts: 1.5 }, "open: option 'hosts' is 1.5, not a whole number from 1 to 64"],
  [{ hosts: Infinity }, "open: option 'hosts' is Infinity, not a whole number from 1 to 64"],
  [
    { engine: "atuo" },
    "open: option 'engine' is 'atuo', not 'auto' or 'reference'. Did you mean 'auto'?",
  ],
  [
    { engine: 1 },
    "open: option 'engine' is 1, not 'auto' or 'reference'. Give 'auto' or 'reference'",
  ],
  [{ quiet: "yes" }, "open: option 'quiet' is 'yes', not true or false"],
  [{ name: ["a"] }, "open: option 'name' is a list, not a string"],
  [{ args: "a b" }, "open: option 'args' is 'a b', not a list, each a string"],
  [{ args: ["a", 1] }, "open: option 'args[1]' is 1, not a string"],
  [{ env: { HOME: 1 } }, "open: option 'env.HOME' is 1, not a string"],
  [{ env: [] }, "open: option 'env' is a list, not an object, each value a string"],
  [{ inspect: {} }, "open: option 'inspect' is an object, not a function"],
  [{ start: {} }, "open: option 'start.command' is missing. Give a string"],
  [{ start: { comand: "a" } }, "open: unknown option 'start.comand'. Did you mean 'command'?"],
  [
    { start: { command: "a", size: flag } },
    "open: option 'start.size' is an object, not a string or a number",
  ],
  [{ start: { command: undefined } }, "open: option 'start.command' is missing"],
  [null, "open: what was given is null, not an object"],
  [5, "open: what was given is 5, not an object"],
  ["text", "open: what was given is 'text', not an object"],
  [[], "open: what was given is a list, not an object"],
  [JSON.parse('{"__proto__": 1}'), "open: unknown option '__proto__'"],
  [{ constructor: 1 }, "open: unknown option 'constructor'"],
];

describe("options of callers", () => {
  for (const [options, message] of FAULTS) {
    it(`are refused: ${message}`, () => {
      throws(
        () => checkOptions(options, SPEC, "open"),
        (error) => {
          strictEqual(error instanceof FfiscopeError && error.code, "INVALID_OPTION");
          strictEqual(String((error as Error).message).slice(0, message.length), message);
          strictEqual((error as Error).message.includes("\n"), false);
          return true;
        },
      );
    });
  }

  it("are taken where every key is known and every value of its kind", () => {
    checkOptions(undefined, SPEC, "open");
    checkOptions({}, SPEC, "open");
    checkOptions({ timeout: Infinity, hosts: 64, engine: "auto", name: undefined }, SPEC, "open");
    checkOptions({ args: [], env: { A: "1" }, start: { command: "x", size: 1 } }, SPEC, "open");
  });

  it("have the code of what they are part of", () => {
    throws(() => checkOptions({ a: 1 }, {}, "call", "INVALID_CALL"), { code: "INVALID_CALL" });
  });
});
