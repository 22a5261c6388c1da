import { readFileSync } from "node:fs";
import { expect } from "chai";
import { handedPages, parsePageRequest, parseRangeRequest } from "../../dist/guard/handed-pages.js";
import { PAGE_SIZE, type Pid } from "../../dist/model/index.js";
import { parseMappings } from "../../dist/native/memory/maps.js";

const self = process.pid as Pid;
const pagesOf = (pages: readonly (number | bigint)[]) => handedPages(self, parsePageRequest(pages));
const rangesOf = (ranges: Parameters<typeof parseRangeRequest>[0]) =>
  handedPages(self, parseRangeRequest(ranges));

/** Two neighbouring mappings of this process that allow different things, of three pages and more. */
function neighbours() {
  const all = parseMappings(readFileSync("/proc/self/maps", "utf8"));
  const index = all.findIndex((mapping, i) => {
    const next = all[i + 1];
    const long = [mapping, next].every((each) => each && each.end - each.start >= 3 * PAGE_SIZE);
    return long && next!.start === mapping.end && next!.protection !== mapping.protection;
  });
  return [all[index]!, all[index + 1]!] as const;
}

describe("what a child hands over", () => {
  const [first, second] = neighbours();
  const border = second.start;
  const pages = [border + PAGE_SIZE, border - PAGE_SIZE, border, border - 2 * PAGE_SIZE, border];
  const armed = [
    { start: border - 2 * PAGE_SIZE, end: border, protection: first.protection },
    { start: border, end: border + 2 * PAGE_SIZE, protection: second.protection },
  ];

  it("as pages in any order, and twice, is runs of one protection", () => {
    expect(pagesOf(pages)).to.deep.equal(armed);
    expect(pagesOf(pages.map(BigInt))).to.deep.equal(armed);
  });

  it("as ranges that overlap, in any order, is the same", () => {
    const ranges = [
      [border - PAGE_SIZE, 3 * PAGE_SIZE],
      [border, 0],
      [border - 2 * PAGE_SIZE, 2 * PAGE_SIZE],
    ] as const;
    expect(rangesOf(ranges)).to.deep.equal(armed);
  });

  it("may be nothing", () => {
    expect(pagesOf([])).to.deep.equal([]);
    expect(rangesOf([])).to.deep.equal([]);
  });

  const refused: readonly (readonly [string, () => unknown, string])[] = [
    ["a page that is not aligned", () => pagesOf([border + 1]), "is not aligned to 4096"],
    ["a range of a part of a page", () => rangesOf([[border, 1]]), "not aligned to 4096"],
    ["a page that is not mapped", () => pagesOf([PAGE_SIZE]), "0x1000 of StartFfi is not"],
    [
      "a range that runs past what is mapped",
      () => rangesOf([[0, 16 * PAGE_SIZE]]),
      "0x0 of StartRanges is not mapped",
    ],
    ["a range past user space", () => rangesOf([[2n ** 63n, PAGE_SIZE]]), "is not in user space"],
  ];
  for (const [name, arm, text] of refused) {
    it(`${name} is refused`, () => {
      expect(arm).to.throw(text).with.property("code", "PAGE_REFUSED");
    });
  }
});
