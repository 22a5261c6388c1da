import { stripVTControlCharacters } from "node:util";
import { expect } from "chai";
import { type ListedAccesses, styleOf, terminalReport } from "../../dist/report/index.js";
import type { Row } from "./batch.js";
import { COPIES, callOf, dst, src } from "./call.js";

const ROWS: readonly Row[] = [
  ...COPIES,
  { kind: "write", address: dst.address + 9, size: 2 },
  { kind: "write", address: src.address + 1, size: 2, ip: 0x999 },
];

const words = (text: string) => text.split(/\s+/).filter(Boolean);

describe("a report in 40 columns", () => {
  const show = (width: number, color = false, accesses: ListedAccesses = 10) =>
    terminalReport(callOf(ROWS), { color, width, accesses });

  it("breaks no word and loses nothing", () => {
    const narrow = show(40);
    for (const line of narrow.split("\n")) expect(line.length, line).to.be.at.most(40);
    // The call itself has its arguments on lines of their own.
    const rest = (text: string) => text.slice(text.indexOf("✖"));
    expect(words(rest(narrow))).to.deep.equal(words(rest(show(400))));
  });

  it("is the same in colours, and no line leaves one on", () => {
    expect(stripVTControlCharacters(show(40, true))).to.equal(show(40));
    for (const line of show(40, true).split("\n")) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
      const last = [...line.matchAll(/\u001b\[(\d+)m/g)].at(-1)?.[1] ?? "0";
      expect(["0", "22", "39"], JSON.stringify(line)).to.include(last);
    }
  });

  it("breaks a word that is longer than a line", () => {
    const long = `libfoo.so!${"x".repeat(100)}+0x1`;
    const symbolizer = { symbolOf: () => long, imageOf: () => "libfoo.so" };
    const text = terminalReport(callOf(COPIES.slice(0, 1), { symbolizer }), {
      color: false,
      width: 40,
    });
    expect(text.replaceAll(/\n */g, "")).to.include(long);
  });

  it("lists all accesses, none, or those that offend", () => {
    const listed = (accesses: ListedAccesses) =>
      /^.*accesses$/m.exec(show(80, false, accesses))?.[0];
    expect(listed("all")).to.equal("accesses");
    expect(listed(3)).to.equal("first 3 of 12 accesses");
    expect(listed(0)).to.equal(undefined);
    expect(show(80, false, "offending")).to.include(
      "2 offending of 12 accesses\n  write  2  dst+9  libfoo.so!copy+0x14\n  write  2  src+1",
    );
    const clean = terminalReport(callOf(COPIES), {
      color: false,
      width: 80,
      accesses: "offending",
    });
    expect(clean).to.include("\nno offending of 10 accesses\n");
  });

  it("has colours as asked for, or as Node has them", () => {
    const color = (env: NodeJS.ProcessEnv, isTTY = true, choice?: "always" | "never") =>
      styleOf({ isTTY }, env, choice).color;
    expect(color({ FORCE_COLOR: "1", NO_COLOR: "1" }, false)).to.equal(true);
    expect(color({ FORCE_COLOR: "" }, false)).to.equal(true);
    expect(color({ FORCE_COLOR: "0" })).to.equal(false);
    expect(color({ NO_COLOR: "1" })).to.equal(false);
    expect(color({ FORCE_COLOR: "3" }, true, "never")).to.equal(false);
    expect(color({ NO_COLOR: "1" }, false, "always")).to.equal(true);
  });

  it("is as wide as COLUMNS says, or the terminal", () => {
    expect(styleOf({ columns: 100 }, { COLUMNS: "50" }).width).to.equal(50);
    expect(styleOf({ columns: 100 }, { COLUMNS: "wide" }).width).to.equal(100);
    expect(styleOf({}, { COLUMNS: "5" }).width).to.equal(40);
  });
});
