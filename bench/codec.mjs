/**
 * `node bench/codec.mjs [--quick]` (after `npm run build`): the protocol's codec beside msgpackr's, on
 * the messages that matter. Prints a table; writes nothing.
 *
 * Columns are the median time of a message, in µs, of rounds that take turns. "bytes" says whether
 * msgpackr writes what rmp-serde does: it has a 64-bit address as int64 or float, never as uint64, so
 * a message with addresses that it has written differs. "checked" is what the codec does before or
 * while it reads or writes, and msgpackr does not: types, ranges, lengths, depth.
 */
import { parseArgs } from "node:util";
import { Packr, Unpackr } from "msgpackr";
import { check } from "../dist/ipc/check.js";
import {
  decodeChildMessage,
  decodeSupervisorMessage,
  encodeChildMessage,
  encodeSupervisorMessage,
  MemEventsWriter,
} from "../dist/ipc/index.js";
import { CHILD_MESSAGE, SUPERVISOR_ANSWER } from "../dist/ipc/message-schemas.js";
import { readAnswer } from "../dist/ipc/read-answer.js";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const ROUNDS = values.quick ? 5 : 25;
/** Long enough for the clock, in ms. */
const ROUND_MS = values.quick ? 5 : 40;

const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, int64AsType: "number" });

const PAGES = 10_000;
const EVENTS = 100_000;
const HEAP = 0x7f1cfae25000;

const pagePtrs = Array.from({ length: PAGES }, (_, i) => HEAP + 4096 * i);
const start = { type: "StartFfi", pagePtrs, stackPtr: 0x5581e2c0f2a0 };
const short = { ...start, pagePtrs: pagePtrs.slice(0, 1) };
const override = { type: "OverrideRetcode", code: 7 };
const hello = { type: "Hello", version: 1, features: ["heap", "host", "marked-signals"] };
const returned = { type: "Returned", call: 7, result: { kind: "int", value: 907060870 } };
const call = {
  ...{ type: "Call", call: 7, library: "libz.so.1", deep: true, symbol: "crc32", result: "u64" },
  args: [
    { type: "u64", value: 0 },
    { type: "ptr", value: HEAP },
    { type: "u32", value: 5 },
  ],
  ...{ fixedArgs: -1, resolve: [] },
};
const events = Array.from({ length: EVENTS }, (_, i) => ({
  ...{ kind: i % 3 === 0 ? "write" : "read", address: HEAP + 8 * i, size: 8, certain: true },
}));

/** The same in columns, as the session has them. */
const batch = {
  length: EVENTS,
  address: Float64Array.from(events, ({ address }) => address),
  size: Float64Array.from(events, ({ size }) => size),
  flags: Uint8Array.from(events, ({ kind }) => (kind === "write" ? 1 : 0)),
};

/** What msgpackr is to write, and made anew each time as it would have to be. */
const asValue = {
  start: ({ pagePtrs, stackPtr }) => ({ StartFfi: [pagePtrs.map(BigInt), BigInt(stackPtr)] }),
  override: ({ code }) => ({ OverrideRetcode: code }),
  hello: ({ version, features }) => ({ Hello: [version, features] }),
  returned: ({ call, result }) => ({ Returned: [call, { Int: result.value }] }),
  events: (all) => [
    all.map(({ kind, address, size, certain }) => {
      const range = [BigInt(address), size];
      return kind === "read" ? { Read: range } : { Write: [range, certain] };
    }),
  ],
  call: ({ call, library, deep, symbol, result, args, fixedArgs, resolve }) => {
    const wired = args.map(({ type, value }) => ({
      [type]: value > 0xffffffff ? BigInt(value) : value,
    }));
    return { Call: [call, library, deep, symbol, result, wired, fixedArgs, resolve] };
  },
};

const eventOf = (value) => {
  const [name] = Object.keys(value);
  if (name === "Read") {
    const [address, size] = value.Read;
    return { kind: "read", address, size, certain: true };
  }
  const [[address, size], certain] = value.Write;
  return { kind: "write", address, size, certain };
};

function written() {
  const chunks = [];
  const writer = new MemEventsWriter((chunk) => chunks.push(chunk));
  writer.add(batch);
  const rest = writer.rest();
  return Buffer.concat([writer.head().subarray(4), ...chunks, rest]);
}

const encoding = (name, message, encode, value) => ({
  name: `write ${name}`,
  ours: () => encode(message),
  theirs: () => packr.pack(value(message)),
  sameBytes: Buffer.compare(Buffer.from(encode(message)), packr.pack(value(message))) === 0,
});
const decoding = (name, payload, decode, shape, made) => ({
  name: `read ${name}`,
  ours: () => decode(payload),
  theirs: () => made(unpackr.unpack(payload)),
  checked: () => {
    check(payload, shape);
    return made(unpackr.unpack(payload));
  },
});

const child = (message) => encodeChildMessage(message);
const answer = encodeSupervisorMessage({ type: "MemEvents", events });
const confirmation = encodeSupervisorMessage({ type: "Confirmation" });
const asStart = ({ StartFfi: [pagePtrs, stackPtr] }) => ({ type: "StartFfi", pagePtrs, stackPtr });

const cases = [
  encoding("StartFfi, 10^4 pages", start, child, asValue.start),
  encoding("StartFfi, 1 page", short, child, asValue.start),
  encoding("OverrideRetcode", override, child, asValue.override),
  encoding("Hello", hello, child, asValue.hello),
  encoding("Returned", returned, child, asValue.returned),
  encoding("Call", call, encodeSupervisorMessage, asValue.call),
  encoding("Confirmation", { type: "Confirmation" }, encodeSupervisorMessage, () => []),
  {
    ...encoding(
      "MemEvents, 10^5 events, as objects",
      events,
      (events) => encodeSupervisorMessage({ type: "MemEvents", events }),
      asValue.events,
    ),
  },
  {
    name: "write MemEvents, 10^5 events, from columns",
    ours: written,
    theirs: () => packr.pack(asValue.events(events)),
    sameBytes: false,
  },
  decoding("StartFfi, 10^4 pages", child(start), decodeChildMessage, CHILD_MESSAGE, asStart),
  decoding("StartFfi, 1 page", child(short), decodeChildMessage, CHILD_MESSAGE, asStart),
  decoding("OverrideRetcode", child(override), decodeChildMessage, CHILD_MESSAGE, (value) => ({
    ...{ type: "OverrideRetcode", code: value.OverrideRetcode },
  })),
  decoding("Hello", child(hello), decodeChildMessage, CHILD_MESSAGE, ({ Hello }) => ({
    ...{ type: "Hello", version: Hello[0], features: Hello[1] },
  })),
  decoding("Returned", child(returned), decodeChildMessage, CHILD_MESSAGE, ({ Returned }) => ({
    ...{ type: "Returned", call: Returned[0], result: { kind: "int", value: Returned[1].Int } },
  })),
  decoding("Confirmation", confirmation, decodeSupervisorMessage, SUPERVISOR_ANSWER, () => ({
    ...{ type: "Confirmation" },
  })),
  decoding(
    "MemEvents, 10^5 events",
    answer,
    decodeSupervisorMessage,
    SUPERVISOR_ANSWER,
    (value) => ({
      ...{ type: "MemEvents", events: value[0].map(eventOf) },
    }),
  ),
  {
    name: "read MemEvents, 10^5 events, unchecked",
    ours: () => readAnswer(answer),
    theirs: () => ({ type: "MemEvents", events: unpackr.unpack(answer)[0].map(eventOf) }),
  },
];

if (Buffer.compare(written(), Buffer.from(answer)) !== 0)
  throw new Error("columns and objects differ");

/** In µs: the median of rounds of as many as take {@link ROUND_MS}. */
function timesOf(works) {
  const counts = works.map((work) => {
    for (let count = 1; ; count *= 2) {
      const ms = msOf(work, count);
      if (ms >= ROUND_MS) return Math.max(1, Math.round((count * ROUND_MS) / ms));
    }
  });
  const rounds = works.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, work] of works.entries())
      rounds[i].push((msOf(work, counts[i]) * 1000) / counts[i]);
  }
  return rounds.map((times) => times.sort((a, b) => a - b)[ROUNDS >> 1]);
}

let kept; // so that nothing is optimised away
function msOf(work, count) {
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) kept = work();
  return performance.now() - startedAt;
}

const columns = ["codec", "msgpackr", "checked + msgpackr", "codec / msgpackr", "bytes"];
console.log(`${"".padEnd(44)}${columns.map((column) => column.padStart(20)).join("")}`);
for (const { name, ours, theirs, checked, sameBytes } of cases) {
  const [codec, msgpackr, whole] = timesOf([ours, theirs, ...(checked ? [checked] : [])]);
  const row = [
    codec.toFixed(2),
    msgpackr.toFixed(2),
    whole?.toFixed(2) ?? "",
    (codec / msgpackr).toFixed(2),
    sameBytes === undefined ? "" : sameBytes ? "the same" : "others",
  ];
  console.log(`${name.padEnd(44)}${row.map((cell) => cell.padStart(20)).join("")}`);
}
if (kept === undefined) throw new Error("nothing was measured");
