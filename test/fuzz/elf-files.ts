import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { Symbolizer } from "../../dist/symbols/index.js";
import { type Mutation, mutated, mutations } from "./mutations.js";
import { count, type FuzzRun, holds, type Totals } from "./property.js";
import { smallElf } from "./small-elf.js";

/** What the questions to one file may take, in ms. Ample, for machines that are busy. */
const MOST_MS = 2_000;
/** What they may take in memory, in bytes: far more than a file of these has, far less than it claims. */
const MOST_BYTES = 64 * 2 ** 20;

/** Where the file is said to be mapped. */
const BASE = 0x7f0000000000;
const MAPPED = 0x40000;

/** Changes that hit a header or a table more often than chance would, which hits code. */
const aimed = (places: readonly number[]): fc.Arbitrary<readonly Mutation[]> =>
  fc.array(
    fc.record({
      kind: fc.constant("put" as const),
      at: fc.constantFrom(...places),
      bytes: fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 8 }),
        fc.constantFrom(
          ...[
            "ffffffff",
            "ffffffffffffffff",
            "00000000",
            "0000000000000040",
            "ffffff3f00000000",
          ].map((hex) => Uint8Array.from(Buffer.from(hex, "hex"))),
        ),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  );

/**
 * Any file that is mapped gives names or none, in bounded time and memory, and no error. `library`:
 * a real one to change; one made here is changed as well.
 */
export function fuzzElfFiles(run: FuzzRun, library: Buffer, totals: Totals = new Map()): Totals {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-elf-"));
  const path = join(folder, "lib.so");
  const images = {
    small: smallElf(),
    real: { bytes: library, places: headerPlaces(library) },
  };
  const changed = (name: keyof typeof images) => {
    const changes = fc.oneof(mutations, aimed(images[name].places));
    return fc.record({ image: fc.constant(name), changes, offset: fc.nat(MAPPED - 1) });
  };
  const input = fc.oneof(changed("small"), changed("real"));
  let version = 0;
  try {
    holds(input, run, ({ image, changes, offset }) => {
      writeFileSync(path, mutated(images[image].bytes, changes));
      // Images are kept by a file's inode, size and time: each is another to the cache.
      utimesSync(path, 0, ++version);
      const before = process.memoryUsage();
      const startedAt = performance.now();
      const symbols = new Symbolizer(mapsOf(path));
      symbols.addFunction(BASE + (offset & ~0xf), "libsmall.so", "told");
      for (const at of [0, 0x40, 0x200, 0x210, offset, offset + 1, MAPPED - 1]) {
        const named = symbols.symbolOf(BASE + at);
        const isText = named === null || typeof named === "string";
        if (!isText || symbols.imageOf(BASE + at) === "") throw new Error(`named ${named}`);
        count(totals, named === null ? "addresses without a name" : "addresses named");
      }
      const ms = performance.now() - startedAt;
      const after = process.memoryUsage();
      const grown = after.arrayBuffers + after.heapUsed - before.arrayBuffers - before.heapUsed;
      if (ms > MOST_MS) throw new Error(`took ${ms.toFixed(0)} ms`);
      if (grown > MOST_BYTES) throw new Error(`took ${grown} bytes`);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
  return totals;
}

/** A line of /proc/PID/maps that maps all of `path`. */
function mapsOf(path: string): string {
  const hex = (address: number) => address.toString(16);
  return `${hex(BASE)}-${hex(BASE + MAPPED)} r-xp 00000000 08:01 ${statSync(path).ino} ${path}\n`;
}

/** Each field of the ELF header, the program headers, the section headers and the dynamic segment. */
function headerPlaces(bytes: Buffer): number[] {
  const tables = [
    [0, 64],
    [Number(bytes.readBigUInt64LE(32)), 56 * bytes.readUInt16LE(56)],
    [Number(bytes.readBigUInt64LE(40)), 64 * bytes.readUInt16LE(60)],
  ] as const;
  return tables.flatMap(([from, size]) =>
    Array.from({ length: Math.ceil(size / 4) }, (_, i) => from + 4 * i),
  );
}

/** A library of 14 KB that comes with every glibc. */
export function smallLibrary(): Buffer {
  const [libc] = /\/\S*\/libc\.so\.6$/m.exec(readFileSync("/proc/self/maps", "utf8")) ?? [];
  if (libc === undefined) throw new Error("this process has not loaded libc.so.6");
  return readFileSync(join(dirname(libc), "libdl.so.2"));
}
