/**
 * What is measured. `n`: elements, bytes or rows of a call. `few`: as much as is bearable where an
 * access costs some 100 µs. `some`: where it costs some µs (lackey).
 */
const loop = (name, label) => ({ name, label, n: 1_000_000, few: 300, some: 100_000 });

export const LOOPS = [
  loop("sum", "sum of 8-byte words"),
  loop("fill", "fill"),
  loop("copy", "copy"),
  loop("chase", "pointer chase"),
  loop("random", "random access"),
  loop("bytes", "byte-wise"),
];

const MB = 1_000_000;

export const LIBRARIES = [
  { name: "crc32", label: "zlib crc32, 1 MB", n: MB, few: 3000, some: 300_000 },
  { name: "inflate", label: "zlib inflate to 1 MB", n: MB, few: 300, some: 100_000 },
  { name: "deflate", label: "zlib deflate of 1 MB", n: MB, few: 3000, some: 30_000 },
  { name: "lz4-compress", label: "lz4 compress 1 MB", n: MB, few: 300, some: 100_000 },
  { name: "lz4-decompress", label: "lz4 decompress 1 MB", n: MB, few: 500, some: 300_000 },
  { name: "bzip2", label: "bzip2 of 1 MB", n: MB, few: 300, some: 20_000 },
  { name: "bunzip2", label: "bunzip2 to 1 MB", n: MB, few: 300, some: 20_000 },
  { name: "sqlite", label: "sqlite, 10,000 rows", n: 10_000, few: 3, some: 300 },
  { name: "qsort", label: "qsort of 100,000", n: 100_000, few: 40, some: 3_000 },
  { name: "memcpy-16", label: "memcpy 16 B, 4 MB of them", n: 4 * MB, few: 3000, some: MB },
  { name: "memcpy-256", label: "memcpy 256 B, 16 MB of them", n: 16 * MB, few: 16_384, some: MB },
  { name: "memcpy-4096", label: "memcpy 4 KiB, 16 MB of them", n: 16 * MB, few: 16_384, some: MB },
  {
    name: "memcpy-65536",
    label: "memcpy 64 KiB, 16 MB of them",
    n: 16 * MB,
    few: 65_536,
    some: MB,
  },
];
