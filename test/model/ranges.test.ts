import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { clip, joined, lastAtOrBefore, overlap, without } from "../../dist/model/ranges.js";

const range = (start: number, end: number, kind = "a") => ({ start, end, kind });

/** Small ranges, as the numbers that they hold. */
const numbersOf = (ranges: readonly { start: number; end: number }[]) =>
  ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, i) => start + i));

describe("ranges", () => {
  it("overlap where some number lies in both", () => {
    strictEqual(overlap(range(0, 4), range(3, 5)), true);
    strictEqual(overlap(range(0, 4), range(4, 5)), false);
    strictEqual(overlap(range(0, 4), range(2, 2)), false, "an empty one");
  });

  it("are clipped to what lies inside, and keep what else they have", () => {
    const all = [range(0, 4, "x"), range(6, 8, "y"), range(9, 12, "z")];
    deepStrictEqual(clip(all, 2, 9), [range(2, 4, "x"), range(6, 8, "y")]);
    deepStrictEqual(clip(all, 4, 6), []);
  });

  it("are left without what is taken", () => {
    deepStrictEqual(without([range(0, 10)], [range(0, 2), range(4, 5), range(8, 12)]), [
      range(2, 4),
      range(5, 8),
    ]);
    deepStrictEqual(without([range(0, 4), range(6, 8)], [range(2, 7)]), [range(0, 2), range(7, 8)]);
    deepStrictEqual(without([range(0, 4)], [range(0, 4)]), []);
    deepStrictEqual(without([range(2, 4)], []), [range(2, 4)]);
  });

  it("are joined where they overlap or touch, in order, without empty ones", () => {
    deepStrictEqual(joined([range(6, 8), range(0, 4), range(2, 3), range(4, 5), range(9, 9)]), [
      range(0, 5),
      range(6, 8),
    ]);
  });

  it("are joined only with those alike, where that is asked for", () => {
    const alike = (a: { kind: string }, b: { kind: string }) => a.kind === b.kind;
    const parts = [range(0, 2, "x"), range(2, 4, "x"), range(4, 6, "y"), range(7, 8, "y")];
    deepStrictEqual(joined(parts, alike), [range(0, 4, "x"), range(4, 6, "y"), range(7, 8, "y")]);
  });

  it("hold the numbers that they should, whatever they are", () => {
    for (let bits = 0; bits < 4 ** 6; bits++) {
      // Two sets of numbers from 0 to 5, as ranges of one number each.
      const of = (shift: number) =>
        [0, 1, 2, 3, 4, 5]
          .filter((at) => (bits >> (shift + at)) & 1)
          .map((at) => range(at, at + 1));
      const [some, taken] = [joined(of(0)), joined(of(6))];
      deepStrictEqual(numbersOf(some), numbersOf(of(0)));
      const left = numbersOf(some).filter((at) => !numbersOf(taken).includes(at));
      deepStrictEqual(numbersOf(without(some, taken)), left);
      deepStrictEqual(
        numbersOf(clip(some, 1, 4)),
        numbersOf(some).filter((at) => at >= 1 && at < 4),
      );
    }
  });

  it("are found by the last start at or before a value", () => {
    const starts = Float64Array.of(2, 4, 4, 9);
    deepStrictEqual(
      [1, 2, 3, 4, 8, 9, 100].map((value) => lastAtOrBefore(starts, value)),
      [-1, 0, 0, 2, 2, 3, 3],
    );
    strictEqual(lastAtOrBefore([], 5), -1);
  });
});
