import { expect } from "chai";
import {
  CHILD_FRAME_LIMIT,
  FRAME_LIMIT,
  FrameReader,
  frame,
  frameHeader,
} from "../../dist/ipc/index.js";
import { Random } from "./random.js";
import { refused } from "./refused.js";

function header(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
}

describe("a frame", () => {
  it("is a little-endian length, then the payload", () => {
    expect([...frame(Uint8Array.of(0x90))]).to.deep.equal([1, 0, 0, 0, 0x90]);
    expect([...frameHeader(0x01020304)]).to.deep.equal([4, 3, 2, 1]);
    expect([...frameHeader(FRAME_LIMIT)]).to.deep.equal([0xff, 0xff, 0xff, 0xff]);
  });

  it("of no bytes, or of more than a u32 tells, is not written", () => {
    refused("FRAME_EMPTY", () => frame(new Uint8Array(0)));
    refused("FRAME_TOO_LARGE", () => frameHeader(FRAME_LIMIT + 1));
  });
});

describe("FrameReader", () => {
  it("finds the same frames however the stream is split", () => {
    for (let seed = 0; seed < 300; seed++) {
      const random = new Random(seed);
      const payloads = Array.from({ length: random.below(12) }, () =>
        random.bytes(1 + random.below(random.pick([2, 10, 300, 5000]))),
      );
      const stream = Buffer.concat(payloads.map(frame));
      const longest = random.pick([1, 2, 5, 100, stream.length + 1]);
      const reader = new FrameReader();
      const found: Buffer[] = [];
      for (let at = 0; at < stream.length; ) {
        const end = at + 1 + random.below(longest);
        found.push(...Array.from(reader.push(stream.subarray(at, end)), (f) => Buffer.from(f)));
        at = end;
      }
      expect(found.map(String), `seed ${seed}`).to.deep.equal(payloads.map(String));
      expect(reader.midFrame, `seed ${seed}`).to.equal(false);
    }
  });

  it("does not keep a chunk's memory for a frame that came in parts", () => {
    const reader = new FrameReader();
    const chunk = Buffer.from([3, 0, 0, 0, 1, 2]);
    expect([...reader.push(chunk)]).to.deep.equal([]);
    chunk.fill(0xff);
    expect([...reader.push(Buffer.of(3))].map((f) => [...f])).to.deep.equal([[1, 2, 3]]);
  });

  it("is mid-frame from a frame's first byte to before its last", () => {
    const reader = new FrameReader();
    expect(reader.midFrame).to.equal(false);
    const stream = frame(Uint8Array.of(1, 2, 3));
    for (let at = 0; at < stream.length - 1; at++) {
      expect([...reader.push(stream.subarray(at, at + 1))]).to.deep.equal([]);
      expect(reader.midFrame).to.equal(true);
    }
    expect([...reader.push(stream.subarray(-1))].length).to.equal(1);
    expect(reader.midFrame).to.equal(false);
    expect([...reader.push(new Uint8Array(0))]).to.deep.equal([]);
    expect(reader.midFrame).to.equal(false);
  });

  it("refuses a length of 0", () => {
    refused("FRAME_EMPTY", () => new FrameReader().push(header(0)));
  });

  it("refuses a length past its limit as soon as the header is there, and not before", () => {
    const reader = new FrameReader();
    const bytes = header(CHILD_FRAME_LIMIT + 1);
    expect([...reader.push(bytes.subarray(0, 3))]).to.deep.equal([]);
    refused("FRAME_TOO_LARGE", () => reader.push(bytes.subarray(3)));
  });

  it("takes a length of exactly its limit", () => {
    expect([...new FrameReader().push(header(CHILD_FRAME_LIMIT))]).to.deep.equal([]);
    expect([...new FrameReader(3).push(frame(Uint8Array.of(1, 2, 3)))].length).to.equal(1);
    refused("FRAME_TOO_LARGE", () => new FrameReader(3).push(header(4)));
  });

  it("takes any u32 where the limit is that of a u32", () => {
    const reader = new FrameReader(FRAME_LIMIT);
    expect([...reader.push(header(FRAME_LIMIT))]).to.deep.equal([]);
    expect([...reader.push(Uint8Array.of(1))]).to.deep.equal([]);
    expect(reader.midFrame).to.equal(true);
  });

  it("yields the frames before a refused one, then throws, and throws ever after", () => {
    const reader = new FrameReader();
    const good = frame(Uint8Array.of(7));
    const found: number[][] = [];
    refused("FRAME_EMPTY", () => {
      for (const payload of reader.push(Buffer.concat([good, good, header(0), good]))) {
        found.push([...payload]);
      }
    });
    expect(found).to.deep.equal([[7], [7]]);
    refused("FRAME_EMPTY", () => reader.push(good));
  });

  it("copies a large frame a constant number of times, also when it comes byte by byte", () => {
    const payload = new Random(1).bytes(1 << 20);
    const stream = frame(payload);
    const reader = new FrameReader();
    let found: Uint8Array | undefined;
    for (let at = 0; at < stream.length; at++) {
      for (const one of reader.push(stream.subarray(at, at + 1))) found = one;
    }
    expect(Buffer.compare(found!, payload)).to.equal(0);
  });

  it("does not set aside what a header claims before it has come", () => {
    const before = process.memoryUsage().arrayBuffers;
    const readers = Array.from({ length: 16 }, () => new FrameReader());
    for (const reader of readers)
      reader.push(Buffer.concat([header(CHILD_FRAME_LIMIT), header(1)]));
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(CHILD_FRAME_LIMIT / 8);
    expect(readers.every((reader) => reader.midFrame)).to.equal(true);
  });
});
