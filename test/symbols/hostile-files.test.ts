import { execFileSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Symbolizer } from "../../dist/symbols/index.js";
import { threadTime } from "../support/thread-time.js";

const SYMBOL_SIZE = 24;
const BASE = 0x7f00_0000_0000;
const CODE = 0x1000;

/** Nothing that a file holds takes this thread longer, in ms. */
const LONGEST_MS = 200;
const ATTEMPTS = 3;

describe("a mapped file that is made to be difficult", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ffiscope-files-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const symbolizer = (path: string) => {
    const { dev, ino } = statSync(path);
    return new Symbolizer(
      `${BASE.toString(16)}-${(BASE + 2 ** 30).toString(16)} r-xp 00000000 ${dev.toString(16)}:00 ${ino} ${path}\n`,
    );
  };

  /** The time that `ips` addresses of a file take, least of some times, and the first's name. */
  const namesOf = (make: (path: string) => void, ips: number) => {
    let least = Number.POSITIVE_INFINITY;
    let name: string | null = null;
    for (let i = 0; i < ATTEMPTS && least >= LONGEST_MS; i++) {
      const path = join(folder, `file-${i}-${Math.random()}`);
      make(path);
      const symbols = symbolizer(path);
      const from = threadTime();
      name = symbols.symbolOf(BASE + CODE + 8);
      for (let ip = 1; ip < ips; ip++) symbols.symbolOf(BASE + CODE + 2 ** 24 + ip);
      least = Math.min(least, threadTime() - from);
      rmSync(path);
    }
    return { least, name };
  };

  const giants: readonly (readonly [string, Buffer, number, boolean])[] = [
    ["a quarter of a million symbols in no order", elfWith(symbols(2 ** 18, mixed)), 1, true],
    ["four million symbols", elfWith(symbols(2 ** 22, mixed)), 1, false],
    ["more symbols than may be read", elfWith(symbols(6_000_000, mixed)), 1, false],
    ["a symbol around all others, and ten thousand addresses", elfWith(around()), 10_000, false],
  ];
  for (const [what, file, ips, isNamed] of giants) {
    it(`has ${what}`, function () {
      this.timeout(60_000);
      const { least, name } = namesOf((path) => writeFileSync(path, file), ips);
      this.test!.title += ` (${Math.round(least)} ms)`;
      if (isNamed) expect(name).to.match(/!f\+0x/);
      else expect(name, "a place in the file").to.match(/^file-\S+\+0x1008$/);
      expect(least).to.be.below(LONGEST_MS);
    });
  }

  it("is a FIFO, a device, a loop of links or a folder by the time that it is looked at", () => {
    const paths = ["fifo", "loop", "folder"].map((name) => join(folder, name));
    execFileSync("mkfifo", [paths[0]!]);
    symlinkSync(paths[1]!, paths[1]!);
    execFileSync("mkdir", [paths[2]!]);
    for (const path of [...paths, "/dev/zero", join(paths[0]!, "x"), `/${"x".repeat(5000)}`]) {
      const line = `${BASE.toString(16)}-${(BASE + 4096).toString(16)} r-xp 00000000 fd:00 7 ${path}\n`;
      expect(new Symbolizer(line).symbolOf(BASE), path).to.equal(null);
    }
  });

  it("is exchanged for a FIFO between two looks at it", () => {
    const path = join(folder, "exchanged");
    writeFileSync(path, elfWith(symbols(10, mixed)));
    const names = symbolizer(path);
    expect(names.imageOf(BASE + 2 ** 29)).to.equal("exchanged"); // the headers are read
    execFileSync("mkfifo", [`${path}.fifo`]);
    renameSync(`${path}.fifo`, path);
    expect(names.symbolOf(BASE + CODE + 8)).to.equal(null);
  });
});

function mixed(i: number, count: number): [start: number, size: number] {
  return i === 0 ? [CODE, 16] : [CODE + 32 * (1 + ((i * 2654435761) % count)), 16];
}

function symbols(count: number, place: (i: number, count: number) => [number, number]): Buffer {
  const table = Buffer.alloc(count * SYMBOL_SIZE);
  for (let i = 0; i < count; i++) {
    const [start, size] = place(i, count);
    table[i * SYMBOL_SIZE] = 1; // st_name
    table[i * SYMBOL_SIZE + 4] = 0x12; // STB_GLOBAL, STT_FUNC
    table.writeUInt16LE(1, i * SYMBOL_SIZE + 6);
    table.writeUInt32LE(start, i * SYMBOL_SIZE + 8);
    table.writeUInt32LE(size, i * SYMBOL_SIZE + 16);
  }
  return table;
}

/** None of the small ones holds what is looked for, and the first nearly does. */
function around(): Buffer {
  return symbols(2 ** 18, (i) => (i === 0 ? [CODE + 16, 2 ** 24 - 32] : [CODE + 32 + i * 8, 4]));
}

/** An ELF file with one segment, and this for its .symtab. */
function elfWith(table: Buffer): Buffer {
  const strings = Buffer.from("\0f\0");
  const header = Buffer.alloc(64 + 56 + 3 * 64);
  header.write("\x7fELF\x02\x01\x01", "latin1");
  header.writeBigUInt64LE(64n, 32); // e_phoff
  header.writeBigUInt64LE(120n, 40); // e_shoff
  header.writeUInt16LE(1, 56); // e_phnum
  header.writeUInt16LE(3, 60); // e_shnum
  header.writeUInt32LE(1, 64); // PT_LOAD
  header.writeUInt32LE(5, 68);
  header.writeBigUInt64LE(2n ** 30n, 64 + 32); // p_filesz
  const section = (index: number, type: number, offset: number, size: number, link: number) => {
    const at = 120 + index * 64;
    header.writeUInt32LE(type, at + 4);
    header.writeBigUInt64LE(BigInt(offset), at + 24);
    header.writeBigUInt64LE(BigInt(size), at + 32);
    header.writeUInt32LE(link, at + 40);
  };
  section(1, 2, header.length, table.length, 2); // SHT_SYMTAB
  section(2, 3, header.length + table.length, strings.length, 0); // SHT_STRTAB
  return Buffer.concat([header, table, strings]);
}
