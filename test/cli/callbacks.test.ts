import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { expectNothingLeft } from "../support/processes.js";
import { ffiscope } from "./ffiscope.js";

const QSORT =
  "void qsort(int *base, size_t n, size_t size, int (*cmp)(const void *, const void *))";

describe("ffiscope trace with js:FILE#NAME", () => {
  let file: string;

  before(() => {
    file = join(mkdtempSync(join(tmpdir(), "ffiscope-js-")), "order.mjs");
    writeFileSync(
      file,
      `export const descending = (a, b) => (a < b ? 1 : -1);
       export default () => 0;
       export const limit = 5;
       export const text = () => "first";
       export function throws() { throw new Error("no order"); }`,
    );
  });
  after(() => rmSync(join(file, ".."), { recursive: true }));
  afterEach(() => expectNothingLeft());

  const sort = (argument: string) =>
    ffiscope("trace", "libc.so.6", QSORT, "[1,2,3]", "3", "4", argument);

  it("calls an export, or the default", async () => {
    const { code, stdout } = await sort(`js:${file}#descending`);
    expect(stdout).to.contain(`cmp = js:${file}#descending`);
    expect(code).to.equal(0);
    expect((await sort(`js:${file}`)).code).to.equal(0);
  });

  it("is refused where the type of the function is not known", async () => {
    const untyped = "void qsort(int *base, size_t n, size_t size, void *cmp)";
    const given = ["[1,2]", "2", "4", `js:${file}`];
    const { code, stderr } = await ffiscope("trace", "libc.so.6", untyped, ...given);
    expect(code).to.equal(2);
    expect(stderr).to.match(/not which parameters.*int \(\*cmp\)\(int\).*\n$/);
  });

  const refused: readonly (readonly [given: string, code: number, line: RegExp])[] = [
    ["#descendin", 2, /has no export 'descendin'. Did you mean descending\?\n$/],
    ["#limit", 2, /'limit' of .* is no function but of type number/],
    ["x#limit", 2, /cannot be loaded: .*js:FILE#NAME/],
    ["#text", 1, /'first' is no integer, which the result of cmp takes/],
    ["#throws", 1, /#throws threw: no order\n$/],
  ];
  for (const [given, code, line] of refused) {
    it(`tells ${given} in one line`, async () => {
      const finished = await sort(`js:${file}${given}`);
      expect(finished.code).to.equal(code);
      expect(finished.stderr).to.match(line);
      expect(finished.stderr.trimEnd()).not.to.contain("\n");
    });
  }
});
