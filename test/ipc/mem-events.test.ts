import { expect } from "chai";
import {
  decodeSupervisorMessage,
  encodeSupervisorMessage,
  type MemEvent,
  MemEventsWriter,
} from "../../dist/ipc/index.js";
import { type AccessBatch, AccessFlag } from "../../dist/model/index.js";
import { msgpackr } from "./payloads.js";
import { Random } from "./random.js";

/** Columns longer than their `length`, as the tracer sends them. */
function batchOf(rows: readonly { address: number; size: number; flags: number }[]): AccessBatch {
  const capacity = rows.length + 3;
  const batch = {
    length: rows.length,
    address: new Float64Array(capacity).fill(0xbad),
    size: new Float64Array(capacity).fill(0xbad),
    ip: new Float64Array(capacity),
    thread: new Int32Array(capacity),
    flags: new Uint8Array(capacity),
  };
  rows.forEach(({ address, size, flags }, row) => {
    batch.address[row] = address;
    batch.size[row] = size;
    batch.flags[row] = flags;
  });
  return batch;
}

/** At and around every place where an integer's form changes. */
const EDGES = [0x80, 0x100, 0x10000, 2 ** 32, 2 ** 47, 2 ** 53].flatMap((edge) => [edge - 1, edge]);
const SIZES = [1, 2, 4, 8, 64, ...EDGES].filter(Number.isSafeInteger);

function randomBatch(random: Random, length: number): AccessBatch {
  return batchOf(
    Array.from({ length }, () => ({
      address: random.below(2) ? random.pick(SIZES) : 0x7f1cfae25000 + random.below(4096),
      size: random.pick(SIZES),
      flags: random.below(16),
    })),
  );
}

/** The events of `batches`, the slow way. */
function eventsOf(batches: readonly AccessBatch[]): MemEvent[] {
  return batches.flatMap(({ length, address, size, flags }) =>
    Array.from({ length }, (_, row) => row)
      .filter((row) => !(flags[row]! & AccessFlag.UNKNOWN))
      .map((row): MemEvent => {
        const at = { address: address[row]!, size: size[row]! };
        return flags[row]! & AccessFlag.WRITE
          ? { kind: "write", ...at, certain: !(flags[row]! & AccessFlag.UNCERTAIN) }
          : { kind: "read", ...at, certain: true };
      }),
  );
}

interface Written {
  readonly payload: Buffer;
  /** What the frame's header announces, in bytes. */
  readonly announced: number;
  readonly chunks: readonly Uint8Array[];
}

function written(batches: readonly AccessBatch[]): Written {
  const chunks: Uint8Array[] = [];
  const writer = new MemEventsWriter((chunk) => chunks.push(chunk));
  for (const batch of batches) writer.add(batch);
  const frame = Buffer.concat([writer.head(), ...chunks, writer.rest()]);
  expect(writer.byteLength).to.equal(frame.length - 4);
  return { payload: frame.subarray(4), announced: frame.readUInt32LE(), chunks };
}

const streamed = (batches: readonly AccessBatch[]) => written(batches).payload;

/** msgpackr writes a BigInt past 2^32 as an int64, rmp-serde as a uint64. Nothing else differs. */
function unsigned(packed: Buffer, addresses: readonly number[]): Buffer {
  const bytes = Buffer.from(packed);
  for (const address of new Set(addresses.filter((value) => value >= 2 ** 32))) {
    const signed = Buffer.alloc(9, 0xd3);
    signed.writeBigUInt64BE(BigInt(address), 1);
    for (let at = bytes.indexOf(signed); at >= 0; at = bytes.indexOf(signed, at + 9)) {
      bytes[at] = 0xcf;
    }
  }
  return bytes;
}

describe("MemEvents out of a log's columns", () => {
  for (const length of [0, 1, 15, 16, 17, 255, 65535, 65536]) {
    it(`${length} accesses are the bytes that the message gives, and as many as announced`, () => {
      const batches = [randomBatch(new Random(length), length)];
      const events = eventsOf(batches);
      const { payload, announced } = written(batches);
      expect(payload.equals(encodeSupervisorMessage({ type: "MemEvents", events }))).to.equal(true);
      expect(announced).to.equal(payload.length);
      expect(decodeSupervisorMessage(payload)).to.deep.equal({ type: "MemEvents", events });
    });
  }

  it("are the bytes that msgpackr gives for the same events", () => {
    const batches = [1, 2, 3, 4].map((seed) => randomBatch(new Random(seed), 300));
    const events = eventsOf(batches);
    const wide = (value: number | bigint) => (value >= 2 ** 32 ? BigInt(value) : value);
    const packed = msgpackr.pack([
      events.map(({ kind, address, size, certain }) =>
        kind === "read"
          ? { Read: [wide(address), wide(size)] }
          : { Write: [[wide(address), wide(size)], certain] },
      ),
    ]);
    const integers = events.flatMap(({ address, size }) => [Number(address), Number(size)]);
    expect(streamed(batches).toString("hex")).to.equal(unsigned(packed, integers).toString("hex"));
  });

  it("a count whose header is an array32 counts what is sent, over all batches", () => {
    const batches = Array.from({ length: 7 }, (_, seed) => randomBatch(new Random(seed), 30_000));
    const payload = streamed(batches);
    expect(payload[1]).to.equal(0xdd);
    expect(payload.readUInt32BE(2)).to.equal(eventsOf(batches).length);
  });

  it("rows flagged unknown are not sent, and kernel ones are plain", () => {
    const { WRITE, UNCERTAIN, KERNEL, UNKNOWN } = AccessFlag;
    const rows = [UNKNOWN, KERNEL, KERNEL | WRITE, UNKNOWN | WRITE, WRITE | UNCERTAIN];
    const batch = batchOf(rows.map((flags, i) => ({ address: i, size: 1, flags })));
    expect(decodeSupervisorMessage(streamed([batch]))).to.deep.equal({
      type: "MemEvents",
      events: [
        { kind: "read", address: 1, size: 1, certain: true },
        { kind: "write", address: 2, size: 1, certain: true },
        { kind: "write", address: 4, size: 1, certain: false },
      ],
    });
  });

  it("come in chunks, longer where there are more, each with memory of its own", () => {
    const { chunks } = written([randomBatch(new Random(9), 200_000)]);
    expect(chunks.length).to.be.above(8);
    for (const [i, chunk] of chunks.entries()) {
      const capacity = Math.min(4096 * 2 ** i, 256 * 1024);
      expect(chunk.length).to.be.within(capacity - 64, capacity);
    }
    expect(new Set(chunks.map((chunk) => chunk.buffer)).size).to.equal(chunks.length);
  });

  it("a million arrive whole", () => {
    const batch = randomBatch(new Random(10), 1_000_000);
    const message = decodeSupervisorMessage(streamed([batch]));
    if (message.type !== "MemEvents") throw new Error(message.type);
    expect(message.events.length).to.equal(eventsOf([batch]).length);
  });
});
