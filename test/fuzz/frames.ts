import fc from "fast-check";
import {
  CHILD_FRAME_LIMIT,
  type ChildMessage,
  decodeChildMessage,
  decodeSupervisorMessage,
  encodeChildMessage,
  encodeSupervisorMessage,
  FrameReader,
  frame,
  ProtocolError,
  type SupervisorMessage,
} from "../../dist/ipc/index.js";
import { golden } from "../ipc/payloads.js";
import { mutated, mutations } from "./mutations.js";
import { count, type FuzzRun, holds, type Totals } from "./property.js";

const FROM_CHILD: readonly ChildMessage[] = [
  { type: "Hello", version: 1, features: ["heap", "zero-copy"] },
  { type: "Heap", fd: 20, guarded: 0x7f0000000000, backdoor: 0x5f0000000000, size: 2 ** 28 },
  { type: "StartRanges", ranges: [[0x7f0000000000, 4096]], stackPtr: 0 },
  { type: "EventMemory", fd: 21 },
  { type: "Returned", call: 1, result: { kind: "float", value: 0.5 } },
  { type: "Returned", call: 2, result: { kind: "int", value: -(2n ** 63n) } },
  { type: "Returned", call: 3, result: { kind: "void" } },
  { type: "Returned", call: 4, result: { kind: "int", value: -1 }, errno: 2 },
  { type: "Refused", call: 1, code: "NO_SYMBOL", message: "n\u00f6 \u{1f9e6}" },
  {
    type: "Functions",
    functions: [{ image: "libc.so.6", name: "strlen", address: 2n ** 64n - 1n, size: 0 }],
  },
];

const FROM_SUPERVISOR: readonly SupervisorMessage[] = [
  { type: "SharedEvents", count: 2 ** 36 },
  { type: "Load", call: 1, library: "libz.so.1", deep: true },
  { type: "Exit" },
  {
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
  },
];

/** Payloads of either side: rmp-serde's own, and one of each extension. */
const VALID: readonly Uint8Array[] = [
  ...golden.values(),
  ...FROM_CHILD.map(encodeChildMessage),
  ...FROM_SUPERVISOR.map(encodeSupervisorMessage),
];

const payload = fc
  .tuple(fc.constantFrom(...VALID), mutations)
  .map(([original, changes]) => mutated(original, changes));

/** A stream of frames, changed anywhere, headers too, and how long its chunks are. */
const stream = fc.record({
  bytes: fc
    .tuple(fc.array(fc.constantFrom(...VALID), { minLength: 1, maxLength: 4 }), mutations)
    .map(([payloads, changes]) => mutated(Buffer.concat(payloads.map(frame)), changes)),
  chunks: fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 8 }),
});

const SIDES = [
  { decode: decodeChildMessage, encode: encodeChildMessage },
  { decode: decodeSupervisorMessage, encode: encodeSupervisorMessage },
] as const;

/**
 * Any bytes are a message or a ProtocolError, never another error. What was read can be written and
 * is read again as the same; it has no more parts than its payload has bytes, so what a sender can
 * make us keep is bounded by what it sends.
 */
export function fuzzPayloads(run: FuzzRun, totals: Totals = new Map()): Totals {
  holds(payload, run, (bytes) => {
    for (const side of SIDES) {
      const message = readOrRefused(() => side.decode(bytes));
      count(totals, message === REFUSED ? "payloads refused" : "payloads read");
      if (message === REFUSED) continue;
      const again = side.decode(side.encode(message as never));
      if (textOf(again) !== textOf(message)) {
        throw new Error(`${textOf(message)} became ${textOf(again)}`);
      }
      const parts = partsOf(message);
      if (parts > bytes.length + FIXED_PARTS) {
        throw new Error(`${bytes.length} bytes became ${parts} parts`);
      }
    }
  });
  return totals;
}

/** Fields of a message that its bytes do not repeat: `type`, `kind`, `call` … */
const FIXED_PARTS = 16;

/** What reading a stream may take, in bytes beside the stream's own: FrameReader's first buffer. */
const FIXED_BYTES = 256 * 1024;

/**
 * A stream, however it is cut, gives the same frames; it never takes memory for what a header only
 * claims; and once it is refused it stays refused.
 */
export function fuzzStreams(run: FuzzRun, totals: Totals = new Map()): Totals {
  holds(stream, run, ({ bytes, chunks }) => {
    const before = process.memoryUsage().arrayBuffers;
    const cut = framesOf(bytes, chunks);
    const grown = process.memoryUsage().arrayBuffers - before;
    if (grown > 8 * bytes.length + FIXED_BYTES) {
      throw new Error(`${bytes.length} bytes of a stream took ${grown}`);
    }
    const whole = framesOf(bytes, [bytes.length || 1]);
    if (textOf(whole) !== textOf(cut)) throw new Error(`${textOf(whole)}, cut: ${textOf(cut)}`);
    count(totals, cut.refused === null ? "streams read" : "streams refused");
  });
  return totals;
}

/** The payloads in hex, and the code of the refusal that ended the stream. */
function framesOf(bytes: Buffer, chunks: readonly number[]) {
  const reader = new FrameReader(CHILD_FRAME_LIMIT);
  const payloads: string[] = [];
  let refused: string | null = null;
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const end = at + chunks[turn % chunks.length]!;
    try {
      for (const payload of reader.push(bytes.subarray(at, end))) {
        if (refused !== null) throw new Error("a frame came after the stream was refused");
        payloads.push(Buffer.from(payload).toString("hex"));
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refused = error.code;
    }
    at = end;
  }
  return { payloads, refused };
}

const REFUSED = Symbol("refused");

function readOrRefused<T>(read: () => T): T | typeof REFUSED {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    if (!/^[^\p{Cc}\u2028\u2029]+$/u.test(error.message)) {
      throw new Error(`not one line: ${JSON.stringify(error.message)}`, { cause: error });
    }
    return REFUSED;
  }
}

function partsOf(value: unknown): number {
  if (typeof value === "string") return 1 + value.length;
  if (typeof value !== "object" || value === null) return 1;
  // The fields of an event or a function are its type's; the payload repeats its name for each.
  return Object.values(value).reduce((sum: number, part) => sum + partsOf(part), 1);
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === "bigint") return `${part}n`;
    return Object.is(part, -0) || Number.isNaN(part) ? String(part) : part;
  });
}
