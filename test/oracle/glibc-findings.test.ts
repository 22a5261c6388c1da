import { expect } from "chai";
import { type TracedJson, touched, traceJson, upTo } from "../cli/ffiscope.js";

/** In bytes; a string has one more. None is a multiple of a vector. */
const SIZES = [17, 4097];

interface Row {
  readonly prototype: string;
  readonly args: (text: string) => readonly string[];
  /** The function's bytes in its buffers, of a text of `size` bytes. */
  readonly reads: Readonly<Record<string, (size: number) => number>>;
  readonly writes: Readonly<Record<string, (size: number) => number>>;
  /** It looks for the end of a string, in blocks. */
  readonly inBlocks?: true;
}

const whole = (size: number) => size;
const withNul = (size: number) => size + 1;

const COPY = {
  args: (text: string) => [`out:${text.length}`, text, `${text.length}`],
  reads: { src: whole },
  writes: { dst: whole },
};

const FUNCTIONS: Readonly<Record<string, Row>> = {
  memcpy: { prototype: "void *memcpy(void *dst, const void *src, size_t n)", ...COPY },
  memmove: { prototype: "void *memmove(void *dst, const void *src, size_t n)", ...COPY },
  memset: {
    prototype: "void *memset(void *dst, int c, size_t n)",
    args: (text) => [`out:${text.length}`, "7", `${text.length}`],
    reads: {},
    writes: { dst: whole },
  },
  memcmp: {
    prototype: "int memcmp(const void *a, const void *b, size_t n)",
    args: (text) => [text, text, `${text.length}`],
    reads: { a: whole, b: whole },
    writes: {},
  },
  strlen: {
    prototype: "size_t strlen(const char *s)",
    args: (text) => [text],
    reads: { s: withNul },
    writes: {},
    inBlocks: true,
  },
  strcpy: {
    prototype: "char *strcpy(char *dst, const char *src)",
    args: (text) => [`out:${text.length + 1}`, text],
    reads: { src: withNul },
    writes: { dst: withNul },
    inBlocks: true,
  },
  strchr: {
    prototype: "char *strchr(const char *s, int c)",
    args: (text) => [text, "33"],
    reads: { s: withNul },
    writes: {},
    inBlocks: true,
  },
  snprintf: {
    prototype: "int snprintf(char *dst, size_t n, const char *format, ...)",
    args: (text) => [`out:${text.length + 1}`, `${text.length + 1}`, "%s", text],
    reads: { format: () => 3, arg3: withNul },
    writes: { dst: withNul },
    inBlocks: true,
  },
  qsort: {
    prototype:
      "void qsort(int *base, size_t n, size_t size, int (*cmp)(const void *, const void *))",
    args: (text) => {
      const count = Math.ceil(text.length / 100);
      const falling = Array.from({ length: count }, (_, i) => count - i);
      return [`[${falling}]`, `${count}`, "4", "cmp:i32"];
    },
    reads: {},
    writes: {},
  },
};

/** Bytes that were read outside of every buffer. */
function overReads({ report }: TracedJson): number {
  const sizes = new Map(report.buffers.map(({ name, size }) => [name, size]));
  return report.events
    .filter(({ kind }) => kind === "read")
    .reduce((sum, { offset, size, buffer }) => {
      const past = offset! + size - sizes.get(buffer!)!;
      return sum + Math.max(0, past) + Math.max(0, -offset!);
    }, 0);
}

/** Traces the function on a text of `size` bytes, and answers how many bytes it read too many. */
async function expectExact(row: Row, size: number): Promise<number> {
  const text = "The quick brown fox. ".repeat(size).slice(0, size);
  const traced = await traceJson("libc.so.6", row.prototype, ...row.args(text));
  const { report, code } = traced;
  expect(report.findings).to.deep.equal([]);
  expect(code).to.equal(0);
  for (const [buffer, length] of Object.entries(row.writes))
    expect(touched(report, "write", buffer)).to.deep.equal(upTo(length(size)));
  for (const [buffer, length] of Object.entries(row.reads)) {
    const own = touched(report, "read", buffer).filter((at) => at >= 0 && at < length(size));
    expect(own).to.deep.equal(upTo(length(size)));
  }
  return overReads(traced);
}

describe("ffiscope trace on glibc", () => {
  for (const [name, row] of Object.entries(FUNCTIONS)) {
    const more = row.inBlocks ? ", although it reads whole blocks" : "";
    it(`${name} has no findings${more}`, async () => {
      const over = await Promise.all(SIZES.map((size) => expectExact(row, size)));
      if (row.inBlocks) expect(Math.max(...over)).to.be.greaterThan(0);
      else if (name !== "memcmp") expect(over).to.deep.equal(SIZES.map(() => 0)); // avx2's reads blocks
    });
  }
});
