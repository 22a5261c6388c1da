import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { constructorsOf } from "./constructors/parameter-counts.js";

const SRC = join(ROOT, "src");

/** What needs more is given one thing that has them: see `GuardedMemory`. */
const MOST_PARAMETERS = 5;

function tooLarge(path: string, source: string): string[] {
  return constructorsOf(source)
    .filter(({ parameters }) => parameters > MOST_PARAMETERS)
    .map(({ line, parameters }) => `${path}:${line} has ${parameters} parameters`);
}

describe("constructors", () => {
  const sources = readdirSync(SRC, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => [path, readFileSync(join(SRC, path), "utf8")] as const);

  it("have at most five parameters", () => {
    expect(sources.flatMap(([path, source]) => tooLarge(path, source))).to.deep.equal([]);
    expect(sources.flatMap(([, source]) => constructorsOf(source))).not.to.be.empty;
  });

  const counted: readonly (readonly [string, parameters: string, count: number])[] = [
    ["none", "", 0],
    ["one", "readonly a: string", 1],
    ["a comma at the end", "a: string,\n    b: number,\n  ", 2],
    [
      "commas in types",
      "a: Map<string, Map<number, string>>, b: [x: 1, y: 2], c: { d: 1, e: 2 }",
      3,
    ],
    ["commas of functions", "a: (x: number, y: number) => void, b: () => Map<1, 2>", 2],
    ["commas of defaults", "a = f(1, 2), b = [1, 2]", 2],
    ["commas of comments", "/** one, two, */ a: 1, // three, four\n b: 2", 2],
  ];
  for (const [what, parameters, count] of counted) {
    it(`are counted with ${what}`, () => {
      const source = `class Planted {\n  constructor(${parameters}) {}\n}`;
      expect(constructorsOf(source)).to.deep.equal([{ line: 2, parameters: count }]);
    });
  }

  it("with six are caught", () => {
    const source =
      "export class Planted {\n  constructor(readonly a: 1, b: 2, c: 3, d: 4, e: 5, f: 6) {}\n}";
    expect(tooLarge("guard/planted.ts", source)).to.deep.equal([
      "guard/planted.ts:2 has 6 parameters",
    ]);
  });
});
