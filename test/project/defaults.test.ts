import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { helpText } from "../../dist/cli/usage.js";
import { DEFAULTS } from "../../dist/model/index.js";
import { ROOT } from "../support/fixtures.js";

/** `10,000`, `268,435,456 (256 MiB)` and the like, before `unless given`. */
const NAMED = /(?<![\w.])(\d[\d,]*)(?: \((\d+) MiB\)| (MiB))?(?: ms)?(?: and (\d+) MiB)? unless/g;

const withCommas = (number: number) => number.toLocaleString("en-US");

const known = new Set(
  Object.values(DEFAULTS)
    .filter((value) => typeof value === "number")
    .flatMap((value) => [withCommas(value), String(value), `${value / 2 ** 20} MiB`]),
);
/** Not of an option of a number: a port that is free. */
known.add("0");

describe("the defaults", () => {
  it("are those that the help texts name", () => {
    const start = `start (${DEFAULTS.startTimeoutMs})`;
    expect(helpText("trace")).to.include(start).and.include(`events (${DEFAULTS.maxEvents})`);
    expect(helpText("trace")).to.include(`caught (${DEFAULTS.engine};`);
    expect(helpText("run")).to.include(`SIGSTOP (${DEFAULTS.startTimeoutMs})`);
    expect(helpText("run")).to.include(`in FILE (${DEFAULTS.maxEvents})`);
  });

  it("are those that the documents and the docstrings name", () => {
    const files = ["src", "docs"].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((path) => /\.(ts|md)$/.test(path))
        .map((path) => join(folder, path)),
    );
    const named = files.flatMap((path) =>
      [...readFileSync(join(ROOT, path), "utf8").matchAll(NAMED)].map(([text, number, , unit]) => ({
        path,
        text,
        number: unit ? `${number} ${unit}` : number!,
      })),
    );
    expect(named.filter(({ number }) => !known.has(number))).to.deep.equal([]);
    const found = new Set(named.map(({ number }) => number));
    expect([...found]).to.include.members([
      withCommas(DEFAULTS.startTimeoutMs),
      withCommas(DEFAULTS.maxEvents),
      withCommas(DEFAULTS.heapBytes),
    ]);
  });

  it("are numbers that no other file of the source has as a constant", () => {
    const again = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && path !== "model/defaults.ts")
      .filter((path) =>
        /DEFAULT_\w+ = \d|\b(10_000_000|256 \* 1024 \* 1024)\b/.test(
          readFileSync(join(ROOT, "src", path), "utf8"),
        ),
      );
    // The protocol's own limit of a frame: no option changes it.
    expect(again).to.deep.equal(["ipc/framing.ts"]);
  });
});
