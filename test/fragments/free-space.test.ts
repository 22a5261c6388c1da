import { expect } from "chai";
import { freeSpaceNear } from "../../dist/fragments/cache/free-space.js";
import type { ProcessMappings } from "../../dist/native/remote/process-mappings.js";

const MIB = 1 << 20;
const SIZE = 4 * MIB;
const REACH = 1 << 30;

type Near = Pick<ProcessMappings, "within">;

/** Of `[start, end)` each. */
const mapped = (...ranges: [number, number][]): Near => ({
  within: (start, end) =>
    ranges
      .map(([from, to]) => ({ start: from, end: to }))
      .filter((range) => range.end > start && range.start < end) as ReturnType<Near["within"]>,
});

describe("space for code", () => {
  const ip = 2 ** 40;

  it("is by the mapping of the program's code", () => {
    const start = freeSpaceNear(ip, SIZE, REACH, mapped([ip - MIB, ip + MIB]))!;
    expect(Math.abs(start - ip)).to.be.lessThan(70 * MIB);
    expect(start + SIZE <= ip - MIB || start >= ip + MIB).to.equal(true);
  });

  it("is none where all that can be reached is taken", () => {
    expect(freeSpaceNear(ip, SIZE, REACH, mapped([0, 2 * ip]))).to.equal(null);
  });

  it("is not below all mappings, where null pointers lead to", () => {
    const start = freeSpaceNear(256 * MIB, SIZE, REACH, mapped([255 * MIB, 257 * MIB]))!;
    expect(start).to.be.greaterThan(257 * MIB);
  });

  it("is between two mappings where it fits there", () => {
    const free = [ip + MIB, ip + 12 * MIB] as const;
    const start = freeSpaceNear(ip, SIZE, REACH, mapped([0, free[0]], [free[1], 2 * ip]))!;
    expect(start).to.be.greaterThan(free[0]);
    expect(start + SIZE).to.be.lessThan(free[1]);
  });
});
