import { expect } from "chai";
import { out } from "ffiscope";
import { parseArguments } from "../../dist/cli/arguments/index.js";
import { parsePrototype } from "../../dist/prototype/index.js";
import { checkArguments, libraryErrors } from "../../dist/values/index.js";
import { ffiscope, traceJson } from "../cli/ffiscope.js";

const RULES = { errors: libraryErrors, memoryOf: () => null };

const file = (path: string) => Buffer.from(path === "five" ? [1, 2, 3, 255, 0] : []);

/** What a command line makes of `text`, and a program of `value`, for one parameter; or the error's code. */
function both(type: string, text: string, value: unknown): readonly [unknown, unknown] {
  const signature = parsePrototype(`void f(${type})`);
  const tried = (work: () => readonly { readonly value: unknown }[]) => {
    try {
      return work()[0]!.value;
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  };
  return [
    tried(() => parseArguments(signature, [text], file)),
    tried(() => checkArguments(RULES, signature, [value])),
  ];
}

/** For a type: what is written for it, and what is given. Most are taken, some refused. */
const ROWS: readonly (readonly [type: string, text: string, value: unknown])[] = [
  ["int", "5", 5],
  ["int", "-5", -5n],
  ["int", "true", true],
  ["int", "2147483648", 2147483648],
  ["int", "1.5", 1.5],
  ["int", "nan", Number.NaN],
  ["int", "text", "text"],
  ["int", "null", null],
  ["uint64_t", "18446744073709551615", 2n ** 64n - 1n],
  ["uint64_t", "18446744073709551616", 2n ** 64n],
  ["char", "200", 200],
  ["wchar_t", "233", 233],
  ["bool", "true", true],
  ["bool", "2", 2],
  ["float", "0.1", 0.1],
  ["float", "1e39", 1e39],
  ["double", "inf", Infinity],
  ["double", "true", true],
  ["char *s", "text", "text"],
  ["char *s", '"0x7f3160001000"', "0x7f3160001000"],
  ["const char *s", "é€🙂", "é€🙂"],
  ["wchar_t *s", "é🙂", "é🙂"],
  ["char16_t *s", "é🙂", "é🙂"],
  ["char32_t *s", '"5"', "5"],
  ["uint8_t *p", "text", "text"],
  ["void *p", "text", "text"],
  ["void *p", "[1,-1,255]", [1, -1, 255]],
  ["void *p", "[256]", [256]],
  ["struct foo *p", "text", "text"],
  ["struct foo *p", "[1,2]", [1, 2]],
  ["FILE *f", "out:3", out(3)],
  ["int *p", "text", "text"],
  ["int *p", "[1,-2]", [1, -2]],
  ["int *p", "[[1],[2]]", [[1], [2]]],
  ["int *p", "[2147483648]", [2147483648]],
  ["int *p", "out:3", out(3)],
  ["int *p", "@five", file("five")],
  ["int *p", "null", null],
  ["double *p", "[1.5,-inf]", [1.5, -Infinity]],
  ["double *p", "text", "text"],
  ["bool *p", "[true,false]", [true, false]],
  ["void *p", "out:7", out(7)],
  ["char **p", "out:2", out(2)],
  ["char **p", "[null,null]", [null, null]],
  ["char **p", '["a", "bc",null]', ["a", "bc", null]],
  ["wchar_t **p", '["a"]', ["a"]],
  ["char **p", "[5]", [5]],
  ["char **p", "text", "text"],
  ["int (*p)(int)", "cmp:i32", "cmp:i32"],
  ["int (*p)(int)", "text", "text"],
];

describe("the command and the library", () => {
  for (const [type, text, value] of ROWS) {
    it(`take, or refuse, the same: ${text} for ${type}`, () => {
      const [written, given] = both(type, text, value);
      expect(written).to.deep.equal(given);
    });
  }

  it("have a line each for what is refused, that says what to write and to give", () => {
    for (const [type, text, value] of ROWS) {
      const signature = parsePrototype(`void f(${type})`);
      const lines = [
        () => parseArguments(signature, [text], file),
        () => checkArguments(RULES, signature, [value]),
      ].map((take) => {
        try {
          take();
          return null;
        } catch (error) {
          return (error as Error).message;
        }
      });
      if (lines[0] === null) continue;
      expect(lines[0])
        .to.match(/Write |For wider|Change/)
        .and.not.match(/BigInt|out\(n\)|\n/);
      expect(lines[1])
        .to.match(/Give |For wider|Change/)
        .and.not.match(/out:N|\n/);
    }
  });

  it("give what stands behind ... the types of the format", async () => {
    const snprintf = parsePrototype("int snprintf(char *to, size_t size, const char *format, ...)");
    const values = (...texts: string[]) =>
      parseArguments(snprintf, ["out:9", "9", ...texts], file)
        .slice(3)
        .map(({ value }) => value);
    expect(values("%g %d %lu", "2", "3", "18446744073709551615")).to.deep.equal([
      { kind: "float", value: 2, bytes: 8 },
      { kind: "int", value: 3n },
      { kind: "int", value: 2n ** 64n - 1n },
    ]);
    expect(values("%Lf", "0.1")[0]).to.deep.include({ kind: "value", size: 16 });
    const refused: readonly (readonly [texts: readonly string[], line: RegExp])[] = [
      [["%d", "1.5"], /'1.5' is no whole number, which arg3 \(int, for %d\) takes/],
      [["%d", "text"], /'text' is no integer/],
      [["%g", "text"], /'text' is no number, which arg3 \(double, for %g\)/],
      [["%s", "5"], /arg3 \(const char \*, for %s\) is a pointer.*Write '"5"' for text/],
      [["%d"], /takes 1 value and got 0\. Write one for each conversion/],
      [["%d", "1", "2"], /takes 1 value and got 2/],
      [["%Lf", "one"], /'one' is no number, which arg3 \(long double, for %Lf\) takes/],
    ];
    for (const [texts, line] of refused) expect(() => values(...texts)).to.throw(line);
    const words = ["out:16", "16", "%.1f|%5s|%d", "2", "ab", "-1"];
    const { report } = await traceJson("libc.so.6", snprintf.text, ...words);
    const to = Buffer.from(report.buffers[0]!.content, "base64");
    expect(to.toString().replace(/\0.*/s, "")).to.equal("2.0|   ab|-1");
  });

  it("show wide text as C writes it", async () => {
    const trace = async (...words: string[]) => (await ffiscope("trace", ...words)).stdout;
    const wide = await trace("libc.so.6", "size_t wcslen(const wchar_t *s)", "wïde 🙂");
    expect(wide).to.match(/^wcslen\(s = L"wïde 🙂"\) = 6\n✔/);
    const list = await trace(
      "libc.so.6",
      "char *strsep(char **l, const char *d)",
      '["a-b",null]',
      "-",
    );
    expect(list).to.match(/^strsep\(l = \{"a-b", NULL\}, d = "-"\) = 0x/);
  });

  it("lay out a list of texts", async () => {
    const prototype = "char *strsep(char **list, const char *delimiters)";
    const { report, code } = await traceJson("libc.so.6", prototype, '["a-b"]', "-");
    expect(code).to.equal(0);
    const names = report.buffers.map(({ name, arg }) => `${name} ${arg}`);
    expect(names).to.have.members(["list 0", "list[0] 0", "delimiters 1"]);
    const [text] = report.buffers.filter(({ name }) => name === "list[0]");
    expect(report.result).to.equal(text!.address);
    expect(Buffer.from(text!.content, "base64").toString()).to.equal("a\0b\0");
  });
});
