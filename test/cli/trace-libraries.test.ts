import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { needsLibrary } from "../support/needs.js";
import { content, touched, traceJson, upTo } from "./ffiscope.js";

const CRC32 = "ulong crc32(ulong crc, const uint8_t *buf, uint len)";
const COMPRESS2 =
  "int compress2(uint8_t *dest, ulong *destLen, const uint8_t *source, ulong sourceLen, int level)";
const UNCOMPRESS =
  "int uncompress(uint8_t *dest, ulong *destLen, const uint8_t *source, ulong sourceLen)";
const BZ2_COMPRESS =
  "int BZ2_bzBuffToBuffCompress(char *dest, unsigned int *destLen, char *source, unsigned int sourceLen, int blockSize100k, int verbosity, int workFactor)";
const BZ2_DECOMPRESS =
  "int BZ2_bzBuffToBuffDecompress(char *dest, unsigned int *destLen, char *source, unsigned int sourceLen, int small, int verbosity)";
const LZ4_COMPRESS =
  "int LZ4_compress_default(const char *src, char *dst, int srcSize, int dstCapacity)";
const LZ4_DECOMPRESS =
  "int LZ4_decompress_safe(const char *src, char *dst, int compressedSize, int dstCapacity)";

describe("ffiscope trace on real libraries", () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "ffiscope-trace-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  const file = (name: string, bytes: Uint8Array) => {
    const path = join(directory, name);
    writeFileSync(path, bytes);
    return path;
  };
  /** Text that compresses, and does not repeat too regularly. */
  const text = (length: number) =>
    Buffer.from(
      Array.from(
        { length },
        (_, i) => "the quick brown fox jumps over it. "[(i * i + i) % 35]!,
      ).join(""),
    );

  it("crc32 reads exactly its buffer and returns the checksum", async function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
    const { code, report } = await traceJson("libz.so.1", CRC32, "0", "hello", "5");
    expect(report.result).to.equal(907060870);
    expect(touched(report, "read", "buf")).to.deep.equal(upTo(5));
    expect(report.events.filter(({ kind }) => kind === "write")).to.deep.equal([]);
    expect(report.findings).to.deep.equal([]);
    expect(report).to.include({ function: "crc32", outcome: "returned", exitCode: null });
    expect(code).to.equal(0);
  });

  it("crc32 reads exactly a file of 4 KiB", async function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
    const bytes = text(4096);
    const path = file("4k", bytes);
    const { code, report } = await traceJson("libz.so.1", CRC32, "0", `@${path}`, "4096");
    expect(touched(report, "read", "buf")).to.deep.equal(upTo(4096));
    expect(touched(report, "write", "buf")).to.deep.equal([]);
    expect(content(report, "buf").equals(bytes)).to.equal(true);
    expect(code).to.equal(0);
  });

  it("adler32 names its own code", async function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
    const prototype = "ulong adler32(ulong adler, const uint8_t *buf, uint len)";
    const { code, report } = await traceJson("libz.so.1", prototype, "1", "Wikipedia", "9");
    expect(report.result).to.equal(0x11e60398);
    expect(touched(report, "read", "buf")).to.deep.equal(upTo(9));
    expect(report.events[0]!.symbol).to.match(/^libz\.so\.1!adler32(_z)?\+0x[0-9a-f]+$/);
    expect(code).to.equal(0);
  });

  it("compress2 and then uncompress give the bytes back", async function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
    const source = text(2000);
    const packed = await traceJson(
      ...["libz.so.1", COMPRESS2, "out:3000", "[3000]", `@${file("source", source)}`, "2000", "6"],
    );
    expect(packed.report.result).to.equal(0);
    expect(packed.code).to.equal(0);
    const length = content(packed.report, "destLen").readUInt32LE();
    const deflated = content(packed.report, "dest").subarray(0, length);
    expect(touched(packed.report, "write", "dest")).to.include.members(upTo(length));
    const unpacked = await traceJson(
      ...["libz.so.1", UNCOMPRESS, "out:2000", "[2000]"],
      ...[`@${file("deflated", deflated)}`, String(length)],
    );
    expect(unpacked.report.result).to.equal(0);
    expect(content(unpacked.report, "dest").equals(source)).to.equal(true);
    expect(touched(unpacked.report, "read", "source")).to.deep.equal(upTo(length));
    expect(unpacked.code).to.equal(0);
  });

  it("bzip2 compresses and decompresses, and reads all of its source", async function () {
    needsLibrary(this, "libbz2.so.1.0", "libbz2-1.0");
    const source = text(600);
    const packed = await traceJson(
      ...["libbz2.so.1.0", BZ2_COMPRESS, "out:1200", "[1200]"],
      ...[`@${file("bz-source", source)}`, "600", "1", "0", "30"],
    );
    expect(packed.report.result).to.equal(0);
    expect(packed.code).to.equal(0);
    expect(touched(packed.report, "read", "source")).to.deep.equal(upTo(600));
    const length = content(packed.report, "destLen").readUInt32LE();
    const compressed = content(packed.report, "dest").subarray(0, length);
    expect(touched(packed.report, "write", "dest")).to.deep.equal(upTo(length));
    const unpacked = await traceJson(
      ...["libbz2.so.1.0", BZ2_DECOMPRESS, "out:600", "[600]"],
      ...[`@${file("bz", compressed)}`, String(length), "0", "0"],
    );
    expect(content(unpacked.report, "dest").equals(source)).to.equal(true);
    expect(touched(unpacked.report, "write", "dest")).to.deep.equal(upTo(600));
  });

  it("lz4 compresses and decompresses within its buffers", async function () {
    needsLibrary(this, "liblz4.so.1", "liblz4-1");
    const source = text(1000);
    const packed = await traceJson(
      ...["liblz4.so.1", LZ4_COMPRESS, `@${file("lz-source", source)}`, "out:1100", "1000", "1100"],
    );
    const length = packed.report.result as number;
    expect(length).to.be.greaterThan(0);
    expect(packed.report.findings).to.deep.equal([]);
    expect(packed.code).to.equal(0);
    const compressed = content(packed.report, "dst").subarray(0, length);
    const unpacked = await traceJson(
      ...["liblz4.so.1", LZ4_DECOMPRESS, `@${file("lz", compressed)}`, "out:1000"],
      ...[String(length), "1000"],
    );
    expect(unpacked.report.result).to.equal(1000);
    expect(content(unpacked.report, "dst").equals(source)).to.equal(true);
  });

  it("strlen reads past the string inside one block, and that is no finding", async () => {
    const { code, report } = await traceJson("libc.so.6", "size_t strlen(const char *s)", "hello");
    expect(report.result).to.equal(5);
    expect(touched(report, "read", "s")).to.include.members(upTo(6));
    expect(report.findings).to.deep.equal([]);
    expect(code).to.equal(0);
  });

  it("strlen of bytes without a NUL is an out-of-bounds read", async () => {
    const prototype = "size_t strlen(const uint8_t *s)";
    const { code, report } = await traceJson("libc.so.6", prototype, "hello");
    expect(report.findings.map(({ kind, offset }) => ({ kind, offset }))).to.deep.equal([
      { kind: "out-of-bounds-read", offset: 5 },
    ]);
    expect(code).to.equal(1);
  });

  it("strtol reads up to the first byte that is no digit and writes the end pointer", async () => {
    const prototype = "long strtol(const char *s, char **end, int base)";
    const { code, report } = await traceJson("libc.so.6", prototype, '"123x"', "out:1", "10");
    expect(report.result).to.equal(123);
    expect(touched(report, "read", "s")).to.deep.equal(upTo(4));
    expect(touched(report, "write", "end")).to.deep.equal(upTo(8));
    const s = report.buffers.find(({ name }) => name === "s")!;
    expect(content(report, "end").readBigUInt64LE()).to.equal(BigInt(s.address) + 3n);
    expect(report.events.filter(({ origin }) => origin === "kernel")).to.deep.equal([]);
    expect(code).to.equal(0);
  });

  it("memcpy reads its source and writes its destination, exactly", async () => {
    const prototype = "void *memcpy(void *dst, const void *src, size_t n)";
    for (const size of [0, 1, 31, 100, 8192]) {
      const source = text(size);
      const { code, report } = await traceJson(
        ...["libc.so.6", prototype, `out:${size}`, `@${file("m", source)}`, String(size)],
      );
      expect(touched(report, "read", "src"), `${size} bytes`).to.deep.equal(upTo(size));
      expect(touched(report, "write", "dst"), `${size} bytes`).to.deep.equal(upTo(size));
      expect(content(report, "dst").equals(source)).to.equal(true);
      expect(report.result).to.equal(report.buffers[0]!.address);
      expect(code).to.equal(0);
    }
  });

  it("qsort calls a built-in comparator and sorts", async () => {
    const prototype =
      "void qsort(int *base, size_t n, size_t size, int (*cmp)(const void *, const void *))";
    const { code, report } = await traceJson(
      ...["libc.so.6", prototype, "[30,-1,20,7,-1,100]", "6", "4", "cmp:i32"],
    );
    const sorted = new Int32Array(new Uint8Array(content(report, "base")).buffer);
    expect([...sorted]).to.deep.equal([-1, -1, 7, 20, 30, 100]);
    expect(report.events.some(({ symbol }) => symbol?.startsWith("ffiscope!cmp:i32+"))).to.equal(
      true,
    );
    expect(code).to.equal(0);
  });

  it("snprintf takes variadic arguments", async () => {
    const prototype = "int snprintf(char *buf, size_t n, const char *fmt, ...)";
    const { code, report } = await traceJson(
      ...["libc.so.6", prototype, "out:32", "32", "%d-%s-%.2f", "-42", "abc", "2.5"],
    );
    expect(content(report, "buf").subarray(0, 13).toString()).to.equal("-42-abc-2.50\0");
    expect(touched(report, "write", "buf")).to.deep.equal(upTo(13));
    expect(code).to.equal(0);
  });

  it("--max-events keeps the first events and says so", async function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
    const { report } = await traceJson("--max-events", "2", "libz.so.1", CRC32, "0", "hello", "5");
    expect(report.events.map(({ offset }) => offset)).to.deep.equal([0, 1]);
    expect(report.truncated).to.equal(true);
  });
});
