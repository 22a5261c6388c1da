import { expect } from "chai";
import { CodeWrites } from "../../dist/fragments/cache/code-writes.js";
import type { TraceeAddress } from "../../dist/model/index.js";

describe("code that is written into a tracee", () => {
  let writes: CodeWrites;
  let made: [number, string][];

  beforeEach(() => {
    made = [];
    const write = (address: TraceeAddress, bytes: Uint8Array) => {
      made.push([address, Buffer.from(bytes).toString("hex")]);
    };
    writes = new CodeWrites({ read: () => 0, fill: () => true, write });
  });

  const bytes = (hex: string) => Buffer.from(hex, "hex");

  it("is written at once by itself", () => {
    writes.append(0x1000, bytes("c3"));
    writes.write(0x1000, bytes("90"));
    expect(made).to.deep.equal([
      [0x1000, "c3"],
      [0x1000, "90"],
    ]);
  });

  it("is put together with what lies behind it, and has the changes that came meanwhile", () => {
    writes.collect(() => {
      writes.append(0x1000, bytes("e900000000"));
      writes.append(0x1008, bytes("c3"));
      writes.write(0x1001, bytes("03000000"));
      expect(made).to.deep.equal([]);
    });
    expect(made).to.deep.equal([[0x1000, "e903000000000000c3"]]);
    writes.write(0x1001, bytes("00000000"));
    expect(made.slice(1)).to.deep.equal([[0x1001, "00000000"]]);
  });

  it("is in pieces where it lies apart or is long, and changes elsewhere are made at once", () => {
    writes.collect(() => {
      writes.append(0x1000, bytes("c3"));
      writes.write(0x800, bytes("90"));
      writes.append(0x9000, bytes("cc"));
      writes.append(0x2000, Buffer.alloc(0xffff, 1));
      writes.append(0x2000 + 0xffff, Buffer.alloc(2, 2));
    });
    expect(made.map(([address, hex]) => [address, hex.length / 2])).to.deep.equal([
      [0x800, 1],
      [0x1000, 1],
      [0x9000, 1],
      [0x2000, 0xffff],
      [0x2000 + 0xffff, 2],
    ]);
  });

  it("is written where the work on it fails", () => {
    const fail = () => {
      writes.append(0x1000, bytes("c3"));
      throw new Error("midway");
    };
    expect(() => writes.collect(fail)).to.throw("midway");
    expect(made).to.deep.equal([[0x1000, "c3"]]);
  });
});
