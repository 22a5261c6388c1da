import { expect } from "chai";
import {
  type ChildMessage,
  decodeChildMessage,
  decodeSupervisorMessage,
  encodeChildMessage,
  encodeSupervisorMessage,
  type SupervisorMessage,
  type WireArg,
} from "../../dist/ipc/index.js";
import { bytes } from "./payloads.js";
import { refused } from "./refused.js";

const call: SupervisorMessage & { type: "Call" } = {
  type: "Call",
  call: 1,
  library: "libz.so.1",
  deep: true,
  symbol: "crc32",
  result: "u64",
  args: [],
  fixedArgs: -1,
  resolve: [],
};

const args: readonly WireArg[] = [
  { type: "bool", value: 1 },
  { type: "i8", value: -128 },
  { type: "u8", value: 255 },
  { type: "i16", value: -32768 },
  { type: "u16", value: 65535 },
  { type: "i32", value: -(2 ** 31) },
  { type: "u32", value: 2 ** 32 - 1 },
  { type: "i64", value: -(2n ** 63n) },
  { type: "i64", value: -(2 ** 40) },
  { type: "i64", value: Number.MIN_SAFE_INTEGER },
  { type: "i64", value: 2n ** 63n - 1n },
  { type: "u64", value: 2n ** 64n - 1n },
  { type: "u64", value: 2 ** 40 },
  { type: "f32", value: 0.5 },
  { type: "f64", value: 5 },
  { type: "f64", value: -0 },
  { type: "f64", value: Number.NaN },
  { type: "f64", value: Number.NEGATIVE_INFINITY },
  { type: "f64", value: 2 ** 60 },
  { type: "ptr", value: 0x7f1cfae25000 },
  { type: "comparator", name: "i32" },
  { type: "bytes", class: "sse-integer", align: 16, bytes: "00ff".repeat(8) },
  { type: "result", value: 24 },
];

const fromChild: readonly ChildMessage[] = [
  { type: "Hello", version: 1, features: [] },
  { type: "Hello", version: 2, features: ["heap", "zero-copy"] },
  { type: "Heap", fd: 3, guarded: 0x7f0000000000, backdoor: 0x7f1000000000, size: 2 ** 30 },
  { type: "EventMemory", fd: 23 },
  { type: "StartRanges", ranges: [], stackPtr: 0 },
  {
    type: "StartRanges",
    ranges: [
      [0x7f1cfae25000, 2 ** 33],
      [4096, 4096],
    ],
    stackPtr: 2n ** 63n,
  },
  { type: "Returned", call: 7, result: { kind: "void" } },
  { type: "Returned", call: 7, result: { kind: "int", value: -1 } },
  { type: "Returned", call: 7, result: { kind: "int", value: 2n ** 64n - 1n } },
  { type: "Returned", call: 7, result: { kind: "int", value: -(2n ** 63n) } },
  { type: "Returned", call: 7, result: { kind: "float", value: 3 } },
  { type: "Returned", call: 7, result: { kind: "float", value: -0 } },
  { type: "Returned", call: 7, result: { kind: "bytes", value: "00ff80" } },
  { type: "Returned", call: 7, result: { kind: "bytes", value: "" } },
  { type: "Returned", call: 7, result: { kind: "void" }, errno: 0 },
  { type: "Returned", call: 7, result: { kind: "int", value: -1 }, errno: 4095 },
  { type: "Returned", call: 7, result: { kind: "int", value: -1 }, errno: -(2 ** 31) },
  {
    type: "Refused",
    call: 7,
    code: "NO_LIBRARY",
    message: "libnichtda.so: größer als ü\n".repeat(9),
  },
  { type: "Refused", call: 7, code: "X", message: "m".repeat(70_000) },
];

const fromSupervisor: readonly SupervisorMessage[] = [
  { type: "Hello", version: 1, features: ["heap"] },
  call,
  { ...call, args, fixedArgs: 1, resolve: ["strlen"], result: "void", deep: false },
  { type: "Load", call: 3, library: "libz.so.1", deep: true },
  { type: "SharedEvents", count: 4096 },
  { type: "SharedEvents", count: 2 ** 33 },
  { type: "Exit" },
];

describe("our own clients' messages", () => {
  for (const message of fromChild) {
    it(`${message.type} arrives at the supervisor as it was sent`, () => {
      expect(decodeChildMessage(encodeChildMessage(message))).to.deep.equal(message);
    });
  }

  for (const message of fromSupervisor) {
    it(`${message.type} arrives at the child as it was sent`, () => {
      expect(decodeSupervisorMessage(encodeSupervisorMessage(message))).to.deep.equal(message);
    });
  }

  it("towards the child begin with the header of a map, plain messages with that of an array", () => {
    for (const message of fromSupervisor) {
      expect(encodeSupervisorMessage(message)[0]).to.equal(0x81);
    }
    expect([...encodeSupervisorMessage({ type: "Exit" })]).to.deep.equal([
      ...bytes('81 "Exit" 90'),
    ]);
  });
});

describe("a message that the wire has no place for is not written", () => {
  it("an integer outside its type", () => {
    refused("INTEGER_OUT_OF_RANGE", () =>
      encodeChildMessage({ type: "OverrideRetcode", code: 2 ** 31 }),
    );
    refused("INTEGER_OUT_OF_RANGE", () =>
      encodeChildMessage({ type: "StartFfi", pagePtrs: [-4096], stackPtr: 0 }),
    );
    refused("INTEGER_OUT_OF_RANGE", () =>
      encodeChildMessage({ type: "StartFfi", pagePtrs: [], stackPtr: 2n ** 64n }),
    );
    refused("INTEGER_OUT_OF_RANGE", () =>
      encodeSupervisorMessage({ ...call, args: [{ type: "u8", value: 256 }] }),
    );
  });

  it("a number past 2^53, which may have been rounded", () => {
    const error = refused("INTEGER_OUT_OF_RANGE", () =>
      encodeChildMessage({ type: "StartFfi", pagePtrs: [2 ** 53], stackPtr: 0 }),
    );
    expect(error.remedy).to.match(/BigInt/);
  });

  it("a fraction, or no number at all", () => {
    for (const code of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      refused("WRONG_TYPE", () => encodeChildMessage({ type: "OverrideRetcode", code }));
    }
    const code = "5" as unknown as number;
    refused("WRONG_TYPE", () => encodeChildMessage({ type: "OverrideRetcode", code }));
  });

  it("a type that has no name", () => {
    const result = "i128" as "i64";
    refused("UNKNOWN_VARIANT", () => encodeSupervisorMessage({ ...call, result }));
  });
});
