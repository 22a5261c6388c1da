import { expect } from "chai";
import { parseSuppressions, SHIPPED_SUPPRESSIONS, suppressionOf } from "../../dist/judge/index.js";
import type { Finding, FindingKind, TraceeAddress, UsageError } from "../../dist/model/index.js";
import { bufferAt } from "../report/batch.js";

const HEAP = 0x7f00_0000_0000;

/** A finding of `size` bytes at `offset` of a buffer. */
function finding(offset: number, size: number, kind: FindingKind = "out-of-bounds-read"): Finding {
  const ip = 0x1000 as TraceeAddress;
  return { kind, buffer: "buf", offset, size, count: 1, ip, access: null as never };
}

const entry = (...lines: readonly string[]) => `{\n  ${lines.join("\n  ")}\n}\n`;

const LZMA = { image: "liblzma.so.5", function: "lzma_crc64" };
const JIT = { image: null, function: null };

describe("a suppression", () => {
  const buffer = bufferAt("buf", HEAP, 28);

  function speaks(
    text: string,
    what: Finding = finding(28, 4),
    place: Parameters<typeof suppressionOf>[3][number] = LZMA,
    mapped: readonly string[] = [],
  ): boolean {
    return suppressionOf(parseSuppressions(text, "f"), what, buffer, [place], mapped) !== null;
  }

  it("speaks of findings of its kind", () => {
    const read = entry("name", "ffiscope:out-of-bounds-read", "fun:lzma_crc64");
    expect(speaks(read)).to.equal(true);
    expect(speaks(read, finding(28, 4, "out-of-bounds-write"))).to.equal(false);
    const any = entry("name", "ffiscope:*", "fun:lzma_crc64");
    expect(speaks(any, finding(28, 4, "const-write"))).to.equal(true);
  });

  it("speaks of a function by its name, or with its file", () => {
    const kind = "ffiscope:out-of-bounds-read";
    expect(speaks(entry("name", kind, "fun:lzma_*"))).to.equal(true);
    expect(speaks(entry("name", kind, "fun:lzma_crc??"))).to.equal(true);
    expect(speaks(entry("name", kind, "fun:liblzma.so.*!lzma_crc64"))).to.equal(true);
    expect(speaks(entry("name", kind, "fun:libz.so.1!lzma_crc64"))).to.equal(false);
    expect(speaks(entry("name", kind, "fun:crc64"))).to.equal(false);
    expect(speaks(entry("name", kind, "fun:lzma.crc64"))).to.equal(false); // no regular expression
  });

  it("speaks of a file, and of code that none holds", () => {
    const kind = "ffiscope:out-of-bounds-read";
    expect(speaks(entry("name", kind, "obj:liblzma*"))).to.equal(true);
    expect(speaks(entry("name", kind, "obj:???"))).to.equal(false);
    expect(speaks(entry("name", kind, "obj:???"), finding(28, 4), JIT)).to.equal(true);
    expect(speaks(entry("name", kind, "fun:lzma_*"), finding(28, 4), JIT)).to.equal(false);
    expect(speaks(entry("name", kind, "fun:???"), finding(28, 4), JIT)).to.equal(true);
  });

  it("needs all of its frames: of one that is not known nothing can be said", () => {
    const kind = "ffiscope:out-of-bounds-read";
    expect(speaks(entry("name", kind, "fun:lzma_crc64", "fun:caller"))).to.equal(false);
  });

  it("may ask that the bytes lie in the block of the buffer's end", () => {
    const aligned = entry("name", "ffiscope:*", "obj:*", "aligned:16");
    expect(speaks(aligned, finding(28, 4))).to.equal(true);
    expect(speaks(aligned, finding(28, 5))).to.equal(false);
    expect(speaks(aligned, finding(32, 4))).to.equal(false);
    expect(speaks(aligned, finding(-1, 1))).to.equal(false);
  });

  it("may ask that a file is mapped", () => {
    const mapped = entry("name", "ffiscope:*", "obj:???", "mapped:libpcre2-*");
    expect(speaks(mapped, finding(28, 4), JIT, ["libpcre2-8.so.0.11.2"])).to.equal(true);
    expect(speaks(mapped, finding(28, 4), JIT, ["libz.so.1"])).to.equal(false);
  });

  it("of another tool is passed over, as comments are", () => {
    const text = `# a comment\n${entry("leak", "Memcheck:Leak", "fun:malloc", "...")}`;
    expect(parseSuppressions(text, "f")).to.deep.equal([]);
    const both = entry("name", "Memcheck,ffiscope:*", "fun:f");
    expect(parseSuppressions(both, "f")).to.have.length(1);
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ["text outside of an entry", "fun:f", /f, line 1: this stands outside/],
    ["an entry that does not end", "\n{\n  name", /f, line 2: this entry has no '}'/],
    ["an entry in an entry", "{\n{", /f, line 2: '{' stands in an entry/],
    ["an end of no entry", "}", /f, line 1: '}' ends no entry/],
    ["an entry without a kind", "{\n  name\n}", /f, line 1: an entry has a name/],
    ["a kind without a tool", entry("name", "read", "fun:f"), /is not 'ffiscope:KIND'/],
    ["an entry without frames", entry("name", "ffiscope:*"), /has no line 'fun:' or 'obj:'/],
    ["a line of no kind", entry("name", "ffiscope:*", "fun:f", "size:4"), /'size:4' of 'name'/],
    ["a block of no size", entry("name", "ffiscope:*", "fun:f", "aligned:3"), /'aligned:3'/],
  ];
  for (const [what, text, message] of wrong) {
    it(`file with ${what} is refused with its line`, () => {
      expect(() => parseSuppressions(text, "f"))
        .to.throw(message)
        .with.property("code" satisfies keyof UsageError, "SUPPRESSIONS_SYNTAX");
    });
  }

  it("is shipped for code that is known", () => {
    const found = suppressionOf(SHIPPED_SUPPRESSIONS, finding(28, 4), buffer, [LZMA], []);
    expect(found?.name).to.match(/liblzma/);
    const far = suppressionOf(SHIPPED_SUPPRESSIONS, finding(28, 5), buffer, [LZMA], []);
    expect(far).to.equal(null);
  });
});
