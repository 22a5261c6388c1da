import {
  decodeChildMessage,
  decodeSupervisorMessage,
  encodeChildMessage,
  encodeSupervisorMessage,
  FrameReader,
  frame,
  ProtocolError,
} from "../../dist/ipc/index.js";
import { golden } from "./payloads.js";
import { Random } from "./random.js";

const seeds: readonly Uint8Array[] = [
  ...golden.values(),
  encodeChildMessage({ type: "Hello", version: 1, features: ["heap", "zero-copy"] }),
  encodeChildMessage({ type: "Returned", call: 1, result: { kind: "float", value: 0.5 } }),
  encodeChildMessage({ type: "Refused", call: 1, code: "NO_SYMBOL", message: "none" }),
  encodeSupervisorMessage({
    type: "Call",
    call: 1,
    library: "libz.so.1",
    deep: true,
    symbol: "crc32",
    result: "u64",
    args: [
      { type: "u64", value: 2n ** 64n - 1n },
      { type: "f64", value: 1.5 },
      { type: "comparator", name: "i32" },
      { type: "bytes", class: "sse-integer", align: 16, bytes: "00ff".repeat(8) },
      { type: "result", value: 24 },
    ],
    fixedArgs: -1,
    resolve: ["strlen", "memchr"],
    armed: true,
  }),
];

/** Headers of every family, and the edges of the short ones. */
const FIRST_BYTES = [0x00, 0x7f, 0x80, 0x81, 0x82, 0x90, 0x91, 0x92, 0x9f, 0xa0, 0xa4, 0xa5, 0xff];

function mutated(random: Random, original: Uint8Array): Buffer {
  let bytes = Buffer.from(original);
  for (let rounds = 1 + random.below(4); rounds > 0; rounds--) {
    const at = random.below(bytes.length + 1);
    const byte = Buffer.of(
      random.pick([random.below(256), 0xc0 + random.below(0x20), random.pick(FIRST_BYTES)]),
    );
    const rest = random.pick([at, at + 1, at + 1, at + 1 + random.below(9)]);
    bytes = Buffer.concat([
      bytes.subarray(0, at),
      random.below(5) ? byte : random.bytes(random.below(9)),
      bytes.subarray(rest),
    ]);
  }
  return bytes;
}

/** Anything but a ProtocolError fails the test, with the bytes that did it. */
function throwsNothingElse(bytes: Uint8Array, act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolError) return;
    throw new Error(`on ${Buffer.from(bytes).toString("hex")}`, { cause: error });
  }
}

describe("bytes from anywhere", () => {
  it("are a message or a ProtocolError, and what was read can be written and read again", () => {
    const random = new Random(20_240_229);
    for (let round = 0; round < 60_000; round++) {
      const bytes = mutated(random, random.pick(seeds));
      throwsNothingElse(bytes, () => {
        const message = decodeChildMessage(bytes);
        again(bytes, message, decodeChildMessage(encodeChildMessage(message)));
      });
      throwsNothingElse(bytes, () => {
        const message = decodeSupervisorMessage(bytes);
        again(bytes, message, decodeSupervisorMessage(encodeSupervisorMessage(message)));
      });
    }
  });

  it("that are random all through are a message or a ProtocolError", () => {
    const random = new Random(7);
    for (let round = 0; round < 20_000; round++) {
      const bytes = random.bytes(random.below(40));
      throwsNothingElse(bytes, () => decodeChildMessage(bytes));
      throwsNothingElse(bytes, () => decodeSupervisorMessage(bytes));
    }
  });

  it("in a stream are frames or a ProtocolError", () => {
    const random = new Random(11);
    for (let round = 0; round < 5_000; round++) {
      const stream = mutated(random, Buffer.concat([1, 2, 3].map(() => frame(random.pick(seeds)))));
      throwsNothingElse(stream, () => {
        const reader = new FrameReader();
        for (let at = 0; at < stream.length; at += 7) {
          for (const payload of reader.push(stream.subarray(at, at + 7))) {
            throwsNothingElse(payload, () => decodeChildMessage(payload));
          }
        }
      });
    }
  });
});

function again(bytes: Uint8Array, first: unknown, second: unknown): void {
  if (text(first) === text(second)) return;
  throw new Error(`${text(first)} became ${text(second)}: ${Buffer.from(bytes).toString("hex")}`);
}

function text(message: unknown): string {
  return JSON.stringify(message, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}
