import { expect } from "chai";
import { type CallFacts, type CodeNames, FindingCollector } from "../../dist/judge/index.js";
import type { Finding, HeapBuffer } from "../../dist/model/index.js";
import { batchOf, bufferAt, type Row } from "../report/batch.js";

const HEAP = 0x7f00_0000_0000;
const STRLEN = 0x1000;
const MEMCHR = 0x2000;
const MEMCPY = 0x3000;
const UNNAMED = 0x4000;
const LIBRARY = 0x90000;

const NAMES = new Map([
  [STRLEN, "__strlen_evex"],
  [MEMCHR, "memchr"],
  [MEMCPY, "__memmove_avx_unaligned_erms"],
]);

const code: CodeNames = {
  imageOf: (ip) => (ip < LIBRARY ? "libc.so.6" : "libfoo.so"),
  functionOf: (ip) => NAMES.get(ip & ~0xfff) ?? null,
};

function findingsOf(
  rows: readonly Row[],
  contents: Record<string, string | { before: string; now: string }>,
  buffers: readonly HeapBuffer[],
  more: CallFacts = {},
): string[] {
  const bytes = (name: string, when: "before" | "now") => {
    const content = contents[name] ?? "";
    return Buffer.from(typeof content === "string" ? content : content[when], "latin1");
  };
  const judged = buffers.map((buffer) => ({ ...buffer, before: bytes(buffer.name, "before") }));
  const collector = new FindingCollector(judged, {
    code,
    memory: { contentOf: ({ name }) => bytes(name, "now") },
    ...more,
  });
  collector.add(batchOf(rows));
  return collector
    .finish()
    .map(({ buffer, offset, size }: Finding) => `${buffer} ${offset}+${size}`);
}

const block = (address: number, ip: number): Row => ({ address, size: 32, ip });

describe("reads of whole blocks", () => {
  const five = [bufferAt("buf", HEAP, 5)];

  it("of strlen are by design where the string ends in its buffer", () => {
    expect(findingsOf([block(HEAP, STRLEN)], { buf: "four\0" }, five)).to.deep.equal([]);
  });

  it("of strlen are a finding where it does not: the bytes past the end", () => {
    const found = findingsOf([block(HEAP, STRLEN)], { buf: "hello" }, five);
    expect(found).to.deep.equal(["buf 5+27"]);
  });

  it("of memchr need no NUL", () => {
    expect(findingsOf([block(HEAP, MEMCHR)], { buf: "hello" }, five)).to.deep.equal([]);
  });

  it("of memchr are a finding when it goes on past the end", () => {
    const rows = [block(HEAP, MEMCHR), block(HEAP + 32, MEMCHR + 9)];
    expect(findingsOf(rows, { buf: "hello" }, five)).to.deep.equal(["buf 32+32"]);
  });

  it("are nothing that memcpy makes: it reads what it was told to", () => {
    const nul = findingsOf([block(HEAP, MEMCPY)], { buf: "four\0" }, five);
    expect(nul).to.deep.equal(["buf 5+27"]);
  });

  it("are a finding outside libc", () => {
    const found = findingsOf([block(HEAP, LIBRARY)], { buf: "four\0" }, five);
    expect(found).to.deep.equal(["buf 5+27"]);
  });

  it("are a finding when the kernel makes them", () => {
    const rows = [{ ...block(HEAP, STRLEN), origin: "kernel" as const }];
    expect(findingsOf(rows, { buf: "four\0" }, five)).to.deep.equal(["buf 5+27"]);
  });

  it("are a finding on the next page: there they could fault", () => {
    const atEnd = [bufferAt("buf", HEAP + 4096 - 5, 5)];
    const found = findingsOf([block(atEnd[0]!.address, STRLEN)], { buf: "four\0" }, atEnd);
    expect(found).to.deep.equal(["buf 5+27"]);
  });

  it("may begin before the string, in its page", () => {
    const buffers = [bufferAt("buf", HEAP + 4096 - 5, 5)];
    const rows = [block(HEAP + 4096 - 32, STRLEN)];
    expect(findingsOf(rows, { buf: "four\0" }, buffers)).to.deep.equal([]);
    const crossing = [bufferAt("buf", HEAP + 4096, 5)];
    const found = findingsOf([block(HEAP + 4096 - 16, STRLEN)], { buf: "four\0" }, crossing);
    expect(found).to.deep.equal(["buf -16+16"]);
  });

  it("may not begin before the string where they are not aligned", () => {
    const buffers = [bufferAt("buf", HEAP + 200, 5)];
    const found = findingsOf([block(HEAP + 180, STRLEN)], { buf: "four\0" }, buffers);
    expect(found).to.deep.equal(["buf -20+20"]);
  });

  it("are judged by their own string when another buffer is near", () => {
    const buffers = [bufferAt("buf", HEAP, 5), bufferAt("next", HEAP + 72, 5)];
    const contents = { buf: "hello", next: "four\0" };
    expect(findingsOf([block(HEAP, STRLEN)], contents, buffers)).to.deep.equal(["buf 5+27"]);
  });

  it("are judged from where the string starts, not from the buffer's NULs before it", () => {
    const buffers = [bufferAt("buf", HEAP, 6)];
    const rows = [block(HEAP, STRLEN), block(HEAP + 3, STRLEN)];
    expect(findingsOf(rows, { buf: "ab\0cde" }, buffers)).to.deep.equal(["buf 6+29"]);
  });

  it("tell the fields of a record apart: the last has no room for its NUL", () => {
    const buffers = [bufferAt("buf", HEAP, 96)];
    const fields = "one".padEnd(32, "\0") + "two".padEnd(32, "\0") + "x".repeat(32);
    const rows = [0, 32, 64].map((offset) => block(HEAP + offset, STRLEN));
    expect(findingsOf(rows, { buf: fields }, buffers)).to.deep.equal([]);
    rows.push(block(HEAP + 96, STRLEN + 0x20));
    expect(findingsOf(rows, { buf: fields }, buffers)).to.deep.equal(["buf 96+32"]);
  });

  it("of a loop that looks at four blocks at once may lie past the end whole", () => {
    const buffers = [bufferAt("buf", HEAP, 131)];
    const rows = Array.from({ length: 8 }, (_, i) => block(HEAP + i * 32, STRLEN + i));
    expect(findingsOf(rows, { buf: `${"x".repeat(130)}\0` }, buffers)).to.deep.equal([]);
    const found = findingsOf(rows, { buf: "x".repeat(131) }, buffers);
    expect(found).to.deep.equal(["buf 131+29", "buf 160+32", "buf 192+32", "buf 224+32"]);
  });

  it("see the NUL that the call itself wrote", () => {
    const contents = { buf: { before: "hello", now: "hell\0" } };
    const rows: Row[] = [{ kind: "write", address: HEAP + 4, ip: LIBRARY }, block(HEAP, STRLEN)];
    expect(findingsOf(rows, contents, five)).to.deep.equal([]);
  });

  it("do not see a NUL that the call had overwritten", () => {
    const contents = { buf: { before: "four\0", now: "fours" } };
    const written: Row = { kind: "write", address: HEAP + 4, ip: LIBRARY };
    expect(findingsOf([written, block(HEAP, STRLEN)], contents, five)).to.deep.equal(["buf 5+27"]);
    expect(findingsOf([block(HEAP, STRLEN), written], contents, five)).to.deep.equal([]);
  });

  it("of unnamed libc code are by design only with a NUL, or for a function that needs none", () => {
    const rows = [block(HEAP, UNNAMED)];
    expect(findingsOf(rows, { buf: "four\0" }, five)).to.deep.equal([]);
    expect(findingsOf(rows, { buf: "hello" }, five)).to.deep.equal(["buf 5+27"]);
    const memchr = { function: "memchr" };
    expect(findingsOf(rows, { buf: "hello" }, five, memchr)).to.deep.equal([]);
    const memcpy = { function: "memcpy" };
    expect(findingsOf(rows, { buf: "four\0" }, five, memcpy)).to.deep.equal(["buf 5+27"]);
  });

  it("are not what a scalar load of unnamed code makes", () => {
    const rows = [{ address: HEAP + 4, size: 8, ip: UNNAMED }];
    expect(findingsOf(rows, { buf: "four\0" }, five)).to.deep.equal(["buf 5+7"]);
  });

  it("offend with the bytes that the call itself counts", () => {
    const call = { function: "memchr", integers: [null, 0x78n, 8n] };
    const rows = [block(HEAP, MEMCHR)];
    expect(findingsOf(rows, { buf: "hello" }, five, call)).to.deep.equal(["buf 5+3"]);
    // C11 7.24.5.1: it behaves as if it stopped at the first match.
    expect(findingsOf(rows, { buf: "hexlo" }, five, call)).to.deep.equal([]);
  });

  it("are judged by plain data: a copy of it is as good", () => {
    const buffers = structuredClone([
      { ...bufferAt("buf", HEAP, 5), before: Uint8Array.from(Buffer.from("hello")) },
    ]);
    const collector = new FindingCollector(buffers, {
      ...structuredClone({ function: "memchr", integers: [null, 0x78n, 8n] }),
      code,
    });
    collector.add(structuredClone(batchOf([block(HEAP, MEMCHR)])));
    const [finding, ...more] = collector.finish();
    expect(more).to.deep.equal([]);
    expect(finding).to.include({ kind: "out-of-bounds-read", buffer: "buf", offset: 5, size: 3 });
  });

  it("count for wide strings only with a whole wide NUL", () => {
    const wide = [bufferAt("buf", HEAP, 8)];
    const wcslen = { code: { imageOf: () => "libc.so.6", functionOf: () => "wcslen" } };
    const rows = [block(HEAP, STRLEN)];
    expect(findingsOf(rows, { buf: "a\0\0\0\0\0\0\0" }, wide, wcslen)).to.deep.equal([]);
    expect(findingsOf(rows, { buf: "a\0\0\0b\0\0\0" }, wide, wcslen)).to.deep.equal(["buf 8+24"]);
  });
});
