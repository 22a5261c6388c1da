import { expect } from "chai";
import { Spans } from "../../../dist/engine/spans.js";
import type { AddressRange } from "../../../dist/model/index.js";

const range = (start: number, end: number) => ({ start, end }) as unknown as AddressRange;

describe("spans of guarded memory", () => {
  const spans = new Spans([range(30, 40), range(10, 20), range(40, 50)]);

  it("are in order, and neighbours are one", () => {
    expect(spans.clip(0, 100)).to.deep.equal([
      [10, 20],
      [30, 50],
    ]);
  });

  it("answer for every range as a set of addresses would", () => {
    const holds = (at: number) => (at >= 10 && at < 20) || (at >= 30 && at < 50);
    for (let start = 0; start < 60; start++) {
      for (let end = start; end < 60; end++) {
        const inside = Array.from({ length: end - start }, (_, i) => start + i).filter(holds);
        const clipped = spans
          .clip(start, end)
          .flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
        expect(clipped).to.deep.equal(inside);
        expect(spans.touches(start, end)).to.equal(inside.length > 0);
      }
    }
  });

  it("may be none", () => {
    expect(new Spans([]).touches(0, 100)).to.equal(false);
    expect(new Spans([]).clip(0, 100)).to.deep.equal([]);
  });
});
