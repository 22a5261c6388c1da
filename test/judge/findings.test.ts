import { expect } from "chai";
import { FindingCollector } from "../../dist/judge/index.js";
import type { Finding, HeapBuffer } from "../../dist/model/index.js";
import { batchOf, bufferAt, IP, type Row } from "../report/batch.js";

const HEAP = 0x7f00_0000_0000;
const src = bufferAt("src", HEAP, 16, { const: true });
const dst = bufferAt("dst", HEAP + 96, 64, { arg: 1 });

function findingsOf(rows: readonly Row[], buffers: readonly HeapBuffer[] = [src, dst]): Finding[] {
  const collector = new FindingCollector(buffers);
  // One row a batch: what is found must not depend on how the accesses are cut.
  for (const row of rows) collector.add(batchOf([row]));
  const cut = collector.finish();
  const whole = new FindingCollector(buffers);
  whole.add(batchOf(rows));
  expect(whole.finish()).to.deep.equal(cut);
  return cut;
}

const brief = ({ kind, buffer, offset, size, count }: Finding) =>
  `${kind} ${buffer} ${offset}+${size} x${count}`;

const write = (address: number, size = 1, more: Partial<Row> = {}): Row => ({
  kind: "write",
  address,
  size,
  ...more,
});

describe("FindingCollector", () => {
  it("finds nothing in reads and writes within their buffers", () => {
    expect(findingsOf([{ address: src.address, size: 16 }, write(dst.address, 64)])).to.deep.equal(
      [],
    );
  });

  it("reports only the bytes past the end of an access that straddles it", () => {
    const [finding, ...more] = findingsOf([write(dst.address + 60, 8)]);
    expect(more).to.deep.equal([]);
    expect(finding).to.deep.include({
      kind: "out-of-bounds-write",
      buffer: "dst",
      offset: 64,
      size: 4,
      count: 1,
      ip: IP,
    });
    expect(finding!.access).to.include({ address: dst.address + 60, size: 8, thread: 7 });
  });

  it("reports only the bytes before the start of an access that straddles it", () => {
    expect(findingsOf([{ address: dst.address - 3, size: 8 }]).map(brief)).to.deep.equal([
      "out-of-bounds-read dst -3+3 x1",
    ]);
  });

  it("makes one finding of neighbouring bytes at one place", () => {
    const rows = [64, 65, 66, 67].map((offset) => write(dst.address + offset));
    expect(findingsOf(rows).map(brief)).to.deep.equal(["out-of-bounds-write dst 64+4 x4"]);
  });

  it("joins two findings when the byte between them comes", () => {
    const rows = [66, 64, 65].map((offset) => write(dst.address + offset));
    const [finding, ...more] = findingsOf(rows);
    expect(more).to.deep.equal([]);
    expect(brief(finding!)).to.equal("out-of-bounds-write dst 64+3 x3");
    expect(finding!.access.address).to.equal(dst.address + 66, "the first access stays");
  });

  it("keeps bytes apart that are not neighbours", () => {
    const rows = [64, 70, 64].map((offset) => write(dst.address + offset));
    expect(findingsOf(rows).map(brief)).to.deep.equal([
      "out-of-bounds-write dst 64+1 x2",
      "out-of-bounds-write dst 70+1 x1",
    ]);
  });

  it("keeps places, kinds and buffers apart", () => {
    const rows = [
      write(dst.address + 64),
      write(dst.address + 65, 1, { ip: IP + 4 }),
      { address: dst.address + 64 },
      { address: src.address + 16 },
    ];
    expect(findingsOf(rows).map(brief)).to.deep.equal([
      "out-of-bounds-write dst 64+1 x1",
      "out-of-bounds-write dst 65+1 x1",
      "out-of-bounds-read dst 64+1 x1",
      "out-of-bounds-read src 16+1 x1",
    ]);
  });

  it("gives a byte outside every buffer to the nearest one, and of two to the one before", () => {
    // The gap is [16, 96): byte 55 is 40 from src's last byte and 41 from dst's first.
    const at = (offset: number) => findingsOf([{ address: HEAP + offset }]).map(brief)[0];
    expect(at(55)).to.equal("out-of-bounds-read src 55+1 x1");
    expect(at(56)).to.equal("out-of-bounds-read dst -40+1 x1");
    expect(at(-8)).to.equal("out-of-bounds-read src -8+1 x1");
    expect(at(4096)).to.equal("out-of-bounds-read dst 4000+1 x1");
    const tie = [bufferAt("a", HEAP, 1), bufferAt("b", HEAP + 10, 1)];
    expect(findingsOf([{ address: HEAP + 5 }], tie).map(brief)).to.deep.equal([
      "out-of-bounds-read a 5+1 x1",
    ]);
  });

  it("finds every byte outside of an access that covers several buffers", () => {
    const rows = [write(HEAP - 2, 96 + 64 + 5)];
    expect(findingsOf(rows).map(brief)).to.deep.equal([
      "out-of-bounds-write src -2+2 x1",
      "const-write src 0+16 x1",
      "out-of-bounds-write src 16+80 x1",
      "out-of-bounds-write dst 64+3 x1",
    ]);
  });

  it("reports the bytes of a const buffer that are written", () => {
    const rows = [write(src.address + 4, 4), write(src.address + 8, 4), write(src.address + 14, 4)];
    expect(findingsOf(rows).map(brief)).to.deep.equal([
      "const-write src 4+8 x2",
      "const-write src 14+2 x1",
      "out-of-bounds-write src 16+2 x1",
    ]);
  });

  it("does not report a write that may not have happened", () => {
    const rows = [
      write(src.address, 4, { certain: false }),
      write(HEAP + 20, 4, { certain: false }),
    ];
    expect(findingsOf(rows)).to.deep.equal([]);
  });

  it("reports what the kernel does for a syscall", () => {
    const rows = [write(dst.address + 60, 8, { origin: "kernel" })];
    const [finding] = findingsOf(rows);
    expect(brief(finding!)).to.equal("out-of-bounds-write dst 64+4 x1");
    expect(finding!.access.origin).to.equal("kernel");
  });

  it("takes an access of unknown kind for a read", () => {
    expect(
      findingsOf([{ kind: "unknown", address: dst.address + 62, size: 4 }]).map(brief),
    ).to.deep.equal(["out-of-bounds-read dst 64+2 x1"]);
    expect(findingsOf([{ kind: "unknown", address: src.address, size: 4 }])).to.deep.equal([]);
  });

  it("finds accesses around a buffer of no bytes", () => {
    const empty = bufferAt("empty", HEAP, 0);
    expect(findingsOf([write(HEAP, 2)], [empty]).map(brief)).to.deep.equal([
      "out-of-bounds-write empty 0+2 x1",
    ]);
  });

  it("finds nothing where there are no buffers", () => {
    expect(findingsOf([write(HEAP, 2)], [])).to.deep.equal([]);
  });

  it("gives for random accesses what a byte-by-byte account gives", () => {
    let seed = 42;
    const random = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed % below;
    };
    const buffers = [src, dst, bufferAt("end", HEAP + 300, 7, { const: true })];
    const rows = Array.from({ length: 400 }, () => ({
      kind: random(2) ? ("write" as const) : ("read" as const),
      address: HEAP - 40 + random(400),
      size: 1 + random(12),
      ip: IP + random(3),
    }));
    const offends = new Set<string>();
    for (const { kind, address, size, ip } of rows) {
      for (let byte = address; byte < address + size; byte++) {
        const inside = buffers.find((b) => byte >= b.address && byte < b.address + b.size);
        if (inside ? inside.const && kind === "write" : true) offends.add(`${kind} ${ip} ${byte}`);
      }
    }
    const found = new Set<string>();
    for (const { kind, buffer, offset, size, ip } of findingsOf(rows, buffers)) {
      const { address } = buffers.find(({ name }) => name === buffer)!;
      for (let i = 0; i < size; i++) {
        const byte = `${kind === "out-of-bounds-read" ? "read" : "write"} ${ip} ${address + offset + i}`;
        expect(found).not.to.include(byte);
        found.add(byte);
      }
    }
    expect([...found].sort()).to.deep.equal([...offends].sort());
  });
});
