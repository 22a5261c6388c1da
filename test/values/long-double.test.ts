import { expect } from "chai";
import { isInfinite, longDoubleOf, readLongDouble } from "../../dist/values/long-double.js";
import { Random } from "../prototype/random-records.js";

const read = (bytes: Uint8Array) => readLongDouble(new DataView(bytes.buffer), 0);
const hex = (value: unknown) => Buffer.from(longDoubleOf(value)!).toString("hex").slice(0, 20);

describe("a long double", () => {
  it("is read as what it alone is written as (500 random ones, seed 5)", () => {
    const random = new Random(5);
    for (let i = 0; i < 500; i++) {
      const bytes = new Uint8Array(16);
      for (let at = 0; at < 10; at++) bytes[at] = random.below(256);
      const exponent = ((bytes[9]! & 0x7f) << 8) | bytes[8]!;
      if (exponent === 0x7fff) continue;
      bytes[7] = exponent === 0 ? bytes[7]! & 0x7f : bytes[7]! | 0x80;
      if (random.isOneIn(3)) bytes.fill(0, 0, random.below(7));
      const value = read(bytes);
      expect(longDoubleOf(value), String(value)).to.deep.equal(bytes);
    }
  });

  it("is a number where it is one exactly", () => {
    for (const value of [0, -0, 1, -2.5, 0.1, 2 ** 53, 5e-324, Number.MAX_VALUE, Infinity, NaN]) {
      expect(Object.is(read(longDoubleOf(value)!), value), String(value)).to.equal(true);
    }
    expect(read(longDoubleOf("0.5")!)).to.equal(0.5);
    expect(read(longDoubleOf("0.1")!)).to.equal("0.1");
    expect(read(longDoubleOf(2n ** 64n - 1n)!)).to.equal("18446744073709551615");
    expect(read(longDoubleOf("1.8446744073709551616e19")!)).to.equal(2 ** 64);
  });

  it("is rounded to the nearest, and to the even one of two", () => {
    expect(hex(2n ** 64n + 1n)).to.equal(hex(2n ** 64n));
    expect(hex(2n ** 64n + 3n)).to.equal(hex(2n ** 64n + 4n));
    expect(hex("0.1")).to.equal("cdccccccccccccccfb3f"); // printf %La of gcc: 0xc.ccccccccccccccdp-7
    expect(hex("1e-4951")).to.equal("0".repeat(20));
    expect(hex("3.7e-4951")).to.equal("01000000000000000000");
    expect(isInfinite(longDoubleOf("1.19e4932")!)).to.equal(true);
    expect(isInfinite(longDoubleOf("1.1897e4932")!)).to.equal(false);
    expect(hex("1e999999999")).to.equal(hex(Number.POSITIVE_INFINITY));
    expect(hex("-1e-999999999")).to.equal(hex(-0));
  });

  it("is no text but a decimal number", () => {
    for (const text of ["", ".", "e5", "1e", "0x10", "1.2.3", "one", " 1", null, true, {}]) {
      expect(longDoubleOf(text), String(text)).to.equal(null);
    }
  });
});
