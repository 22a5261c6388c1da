import { expect } from "chai";
import { PageRuns } from "../../dist/guard/page-runs.js";
import { PAGE_SIZE, type TraceeAddress } from "../../dist/model/index.js";

const PAGES = 40;
const ROUNDS = 2000;
const at = (page: number) => (page * PAGE_SIZE) as TraceeAddress;
const run = (from: number, to: number, state: number) => ({ start: at(from), end: at(to), state });

describe("states of pages, kept as runs", () => {
  it("are what a state for each page would be, whatever changes", () => {
    const runs = new PageRuns([run(20, 30, 7), run(2, 10, 5), run(10, 12, 6)]);
    const each = new Map<number, number>();
    for (const { start, end, state } of runs) {
      for (let page = start / PAGE_SIZE; page < end / PAGE_SIZE; page++) each.set(page, state);
    }
    let seed = 1;
    const random = (below: number) => {
      seed = (seed * 48271) % 2147483647; // Park and Miller's generator
      return seed % below;
    };
    for (let round = 0; round < ROUNDS; round++) {
      const start = random(PAGES * PAGE_SIZE);
      const end = start + 1 + random(6 * PAGE_SIZE);
      const gone = random(200) === 0;
      const change = (state: number) => (gone ? null : (state * 31 + round) % 1009);
      runs.update(start, end, change);
      for (let page = Math.floor(start / PAGE_SIZE); at(page) < end; page++) {
        const state = each.get(page);
        if (state === undefined) continue;
        const next = change(state);
        if (next === null) each.delete(page);
        else each.set(page, next);
      }
      for (let page = 0; page < PAGES + 8; page++) {
        expect(runs.at(at(page) + random(PAGE_SIZE))).to.equal(each.get(page));
      }
    }
  });

  it("are told of in order, for the bytes that are asked about", () => {
    const runs = new PageRuns([run(20, 30, 7), run(2, 10, 5)]);
    expect([...runs.overlapping(at(10) - 1, at(20))].map(({ state }) => state)).to.deep.equal([5]);
    expect([...runs.overlapping(at(10), at(20))]).to.deep.equal([]);
    expect([...runs.overlapping(0, at(40))].map(({ state }) => state)).to.deep.equal([5, 7]);
  });

  it("stay whole where whole runs change", () => {
    const runs = new PageRuns([run(2, 10, 5), run(20, 30, 7)]);
    runs.update(at(2), at(30), (state) => state + 1);
    expect([...runs]).to.deep.equal([run(2, 10, 6), run(20, 30, 8)]);
  });
});
