import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Symbolizer } from "../../dist/symbols/index.js";
import { skip } from "../support/skip.js";
import { call, load, mapsText } from "./in-process.js";

const SOURCE = fileURLToPath(new URL("../../test/symbols/fixture.c", import.meta.url));

/** A place in libc that no symbol names. */
const NAMELESS = /^libc\.so\.6\+0x[0-9a-f]+$/;

/** Where the first byte of a file is mapped. */
function baseOf(maps: string, name: string): number {
  return Number.parseInt(maps.split("\n").find((line) => line.endsWith(`/${name}`))!, 16);
}

describe("Symbolizer, on this process", () => {
  it("names exported functions of system libraries by soname", () => {
    const crc32 = load("libz.so.1")("crc32_z");
    const qsort = load("libc.so.6")("qsort");
    const symbols = new Symbolizer(mapsText());
    expect(symbols.symbolOf(crc32)).to.equal("libz.so.1!crc32_z+0x0");
    expect(symbols.symbolOf(crc32 + 0x2a)).to.equal("libz.so.1!crc32_z+0x2a");
    expect(symbols.functionOf(crc32 + 0x2a)).to.equal("crc32_z");
    expect(symbols.imageOf(qsort)).to.equal("libc.so.6");
    expect(symbols.symbolOf(qsort + 1)).to.equal("libc.so.6!qsort+0x1");
  });

  it("names functions of the executable by its file name", () => {
    const run = load("")("uv_run");
    expect(new Symbolizer(mapsText()).symbolOf(run + 8)).to.equal(
      `${basename(process.execPath)}!uv_run+0x8`,
    );
  });

  it("knows the implementation behind an ifunc once it is told, and no farther than it goes", () => {
    const libc = load("libc.so.6");
    const strlen = libc("strlen");
    const symbols = new Symbolizer(mapsText());
    expect(symbols.symbolOf(strlen + 0x18)).to.match(NAMELESS);
    expect(symbols.imageOf(strlen)).to.equal("libc.so.6");
    symbols.addFunction(strlen, "libc.so.6", "strlen");
    symbols.addFunction(strlen, "libc.so.6", "another name");
    expect(symbols.symbolOf(strlen + 0x18)).to.equal("libc.so.6!strlen+0x18");
    expect(symbols.symbolOf(strlen - 1)).to.match(NAMELESS);
    // The unwind tables say where the next function starts: no strlen is 2 KiB.
    expect(symbols.symbolOf(strlen + 2048)).to.match(NAMELESS);
    const memchr = libc("memchr");
    symbols.addFunction(memchr, "libc.so.6", "memchr");
    expect(symbols.functionOf(memchr)).to.equal("memchr");
    expect(symbols.functionOf(strlen)).to.equal("strlen");
  });

  it("names what has no file: ranges that it is told of", () => {
    const symbols = new Symbolizer(mapsText());
    expect(symbols.symbolOf(0x5000)).to.equal(null);
    symbols.addRange(0x5000, 0x5040, "ffiscope!cmp:i32");
    expect(symbols.symbolOf(0x5004)).to.equal("ffiscope!cmp:i32+0x4");
    expect(symbols.imageOf(0x5004)).to.equal("ffiscope");
    expect(symbols.functionOf(0x5004)).to.equal("cmp:i32");
    expect(symbols.symbolOf(0x5040)).to.equal(null);
  });

  it("has no name for vdso, heap, stack and what is not mapped", () => {
    const maps = mapsText();
    const symbols = new Symbolizer(maps);
    const places = maps.split("\n").filter((line) => /\[(vdso|heap|stack)\]/.test(line));
    expect(places.length).to.be.greaterThan(1);
    for (const line of places) {
      const ip = Number.parseInt(line, 16) + 64;
      expect([symbols.symbolOf(ip), symbols.imageOf(ip)], line).to.deep.equal([null, null]);
    }
    expect([symbols.symbolOf(0), symbols.imageOf(2 ** 46)]).to.deep.equal([null, null]);
  });
});

describe("Symbolizer, on maps of other kinds", () => {
  const at = (line: string) => {
    const symbols = new Symbolizer(`1000-3000 r-xp 00000000 ${line}\n`);
    return [symbols.imageOf(0x1800), symbols.symbolOf(0x1800)];
  };

  it("names no file where only memory is mapped", () => {
    expect(at("00:01 77 /memfd:heap (deleted)")).to.deep.equal([null, null]);
    expect(at("00:01 77 /dev/zero (deleted)")).to.deep.equal([null, null]);
    expect(at("00:01 77 /SYSV00000000 (deleted)")).to.deep.equal([null, null]);
    expect(at("00:00 0")).to.deep.equal([null, null]);
  });

  it("gives the file's name alone where the file cannot be read or is no ELF file", () => {
    expect(at("08:01 77 /nowhere/libgone.so.3")).to.deep.equal(["libgone.so.3", null]);
    expect(at("08:01 77 /nowhere/a\\012b c.so (deleted)")).to.deep.equal(["a\nb c.so", null]);
    expect(at(`08:01 77 ${SOURCE}`)).to.deep.equal(["fixture.c", null]);
    expect(at(`08:01 77 ${tmpdir()}`)).to.deep.equal([basename(tmpdir()), null]);
  });
});

describe("Symbolizer, on a library of ours", () => {
  let folder: string;

  before(function () {
    if (spawnSync("cc", ["--version"]).error) skip(this, "no C compiler: install cc");
    folder = mkdtempSync(join(tmpdir(), "ffiscope-symbols-"));
    writeFileSync(join(folder, "versions.map"), "V1 { global: *; };\nV2 { };\n");
  });

  after(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  /** Compiles the fixture; each name is a library of its own to the loader. */
  function build(name: string, ...flags: string[]): string {
    const file = join(folder, name);
    const script = `-Wl,--version-script=${join(folder, "versions.map")}`;
    execFileSync("cc", ["-O1", "-shared", "-fPIC", "-o", file, SOURCE, script, ...flags]);
    return file;
  }

  it("takes FILE from the soname, else from the file's name", () => {
    const named = load(build("libfile.so", "-Wl,-soname,libsoname.so.4"))("triple");
    const unnamed = load(build("libunnamed.so"))("triple");
    const symbols = new Symbolizer(mapsText());
    expect(symbols.symbolOf(named)).to.equal("libsoname.so.4!triple+0x0");
    expect(symbols.symbolOf(unnamed)).to.equal("libunnamed.so!triple+0x0");
  });

  it("names what only .symtab has, without versions, by the best of several names", () => {
    const file = build("libfull.so");
    const find = load(file);
    const symbols = new Symbolizer(mapsText());
    expect(symbols.symbolOf(call(file, "address_of_hidden") + 2)).to.equal("libfull.so!hidden+0x2");
    expect(symbols.functionOf(find("__triple"))).to.equal("triple");
    expect(symbols.functionOf(find("versioned"))).to.be.oneOf(["versioned", "versioned_impl"]);
    expect(symbols.functionOf(find("chosen"))).to.equal("picked");
  });

  it("names an address by the innermost function that holds it, or not at all", () => {
    const find = load(build("libnested.so"));
    const symbols = new Symbolizer(mapsText());
    const outer = find("outer");
    const name = (offset: number) => symbols.symbolOf(outer + offset)!.replace(/.*!/, "");
    expect([0, 1, 2, 3, 4, 5, 6].map(name)).to.deep.equal([
      "outer+0x0",
      "outer+0x1",
      "inner+0x0",
      "inner+0x1",
      "outer+0x4",
      "outer+0x5",
      `libnested.so+0x${(outer + 6 - baseOf(mapsText(), "libnested.so")).toString(16)}`,
    ]);
    expect(symbols.symbolOf(find("sizeless"))).to.match(/^libnested\.so\+0x[0-9a-f]+$/);
    expect(symbols.imageOf(find("sizeless"))).to.equal("libnested.so");
  });

  it("goes by .dynsym where the library was stripped", () => {
    const file = build("libstripped.so", "-s");
    const find = load(file);
    const symbols = new Symbolizer(mapsText());
    expect(symbols.symbolOf(find("triple") + 1)).to.equal("libstripped.so!triple+0x1");
    const hidden = call(file, "address_of_hidden");
    const base = baseOf(mapsText(), "libstripped.so");
    expect(symbols.symbolOf(hidden)).to.equal(`libstripped.so+0x${(hidden - base).toString(16)}`);
  });

  it("gives a nameless place as addr2line takes it, also where addresses and offsets differ", () => {
    const flags = ["-g", "-Wl,-Ttext-segment=0x340000"];
    const whole = build("libplace.so", ...flags);
    const file = build("libplace-stripped.so", ...flags, "-s");
    const hidden = call(file, "address_of_hidden"); // loads it
    const symbol = new Symbolizer(mapsText()).symbolOf(hidden + 2)!;
    expect(symbol).to.match(/^libplace-stripped\.so\+0x34[0-9a-f]+$/);
    const place = symbol.slice(symbol.indexOf("+") + 1);
    const told = execFileSync("addr2line", ["-f", "-e", whole, place], { encoding: "utf8" });
    expect(told.split("\n")[0]).to.equal("hidden");
  });

  for (const hash of ["gnu", "sysv"]) {
    it(`goes by the dynamic segment where there are no sections (${hash} hash)`, () => {
      const whole = build(`libwhole-${hash}.so`, "-s", `-Wl,--hash-style=${hash}`);
      const file = join(folder, `libbare-${hash}.so`);
      const bytes = readFileSync(whole);
      bytes.writeBigUInt64LE(0n, 40); // e_shoff
      bytes.writeUInt32LE(0, 60); // e_shnum, e_shstrndx
      writeFileSync(file, bytes);
      const find = load(file);
      const symbols = new Symbolizer(mapsText());
      expect(symbols.symbolOf(find("triple") + 1)).to.equal(`libbare-${hash}.so!triple+0x1`);
      expect(symbols.symbolOf(find("inner") + 1)).to.equal(`libbare-${hash}.so!inner+0x1`);
    });
  }

  it("finds its way where addresses and file offsets differ, and segments share a page", () => {
    const moved = load(build("libmoved.so", "-Wl,-Ttext-segment=0x340000"))("triple");
    const dense = load(build("libdense.so", "-Wl,-z,noseparate-code"))("triple");
    const symbols = new Symbolizer(mapsText());
    expect(symbols.symbolOf(moved + 1)).to.equal("libmoved.so!triple+0x1");
    expect(symbols.symbolOf(dense + 1)).to.equal("libdense.so!triple+0x1");
  });

  it("does not take another file's symbols for those of a deleted one", () => {
    const file = build("libold.so");
    const triple = load(file)("triple");
    rmSync(file);
    copyFileSync(build("libother.so"), file);
    const symbols = new Symbolizer(mapsText());
    expect(symbols.imageOf(triple)).to.equal("libold.so");
    expect(symbols.symbolOf(triple)).to.equal(null);
  });

  it("takes a file's name where its soname is empty", () => {
    const path = join(folder, "libempty.so");
    const bytes = Buffer.from(
      readFileSync(build("libempty.so", "-s", "-Wl,-soname,libempty.so.1")),
    );
    // DT_SONAME: an entry of 16 bytes, its tag 14. The name at offset 0 of every string table is empty.
    const at = sonameEntry(bytes);
    bytes.writeBigUInt64LE(0n, at + 8);
    writeFileSync(path, bytes);
    const symbols = new Symbolizer(`10000-20000 r-xp 00000000 08:01 77 ${path}\n`);
    expect(symbols.imageOf(0x11100)).to.equal("libempty.so");
  });

  it("waits for nobody, and takes no memory, whatever stands at a file's path", () => {
    const maps = (path: string) => `10000-20000 r-xp 00000000 08:01 77 ${path}\n`;
    const fifo = join(folder, "libfifo.so");
    execFileSync("mkfifo", [fifo]);
    // In a process of its own: where it waits, nothing else could end this one.
    const elfFile = new URL("../../dist/symbols/elf/elf-file.js", import.meta.url);
    const script = `import { ElfFile } from "${elfFile}";
      try { new ElfFile(${JSON.stringify(fifo)}); } catch ({ code, message }) { console.log(code, message); }`;
    const options = { timeout: 10_000, encoding: "utf8" } as const;
    const said = execFileSync(process.execPath, ["--input-type=module", "-e", script], options);
    expect(said).to.match(/^ELF_FORMAT .*no regular file/);
    const circle = join(folder, "libcircle.so");
    symlinkSync(circle, circle);
    const beyond = join(circle, "lib.so");
    for (const path of [fifo, circle, beyond, join(folder, "x".repeat(5_000))]) {
      expect(new Symbolizer(maps(path)).symbolOf(0x11100)).to.equal(null);
      expect(new Symbolizer(maps(path)).imageOf(0x11100)).to.equal(basename(path));
    }
    const bytes = readFileSync(build("libclaims.so", "-s"));
    const claims = join(folder, "libclaims.so");
    for (let section = 1; section < bytes.readUInt16LE(60); section++) {
      bytes.writeBigUInt64LE(2n ** 30n - 1n, Number(bytes.readBigUInt64LE(40)) + 64 * section + 32);
    }
    writeFileSync(claims, bytes);
    const before = process.memoryUsage().arrayBuffers;
    expect(new Symbolizer(maps(claims)).symbolOf(0x11100)).to.equal("libclaims.so+0x1100");
    expect(process.memoryUsage().arrayBuffers - before).to.be.lessThan(2 ** 24);
  });

  it("gives no names for a file that is cut short or scrambled, and does not fail", () => {
    const whole = readFileSync(build("libbroken.so"));
    const path = join(folder, "broken.so");
    const maps = `10000-20000 r-xp 00000000 08:01 77 ${path}\n`;
    for (let size = 0; size < whole.length; size += 997) {
      writeFileSync(path, whole.subarray(0, size));
      expect(new Symbolizer(maps).imageOf(0x11100)).to.be.a("string");
    }
    for (let seed = 1; seed < 300; seed++) {
      const bytes = Buffer.from(whole);
      for (let i = 0; i < 8; i++)
        bytes[(seed * 7919 * (i + 1)) % 0x600] = (seed * 31 + i * 97) & 255;
      writeFileSync(path, bytes);
      new Symbolizer(maps).symbolOf(0x11100);
    }
  });
});

/** The file offset of DT_SONAME's entry: `{ u64 tag, u64 offset of the name }`. */
function sonameEntry(bytes: Buffer): number {
  const headers = Number(bytes.readBigUInt64LE(32));
  for (let at = headers; ; at += 56) {
    if (bytes.readUInt32LE(at) !== 2) continue; // PT_DYNAMIC
    let entry = Number(bytes.readBigUInt64LE(at + 8));
    while (bytes.readBigUInt64LE(entry) !== 14n) entry += 16;
    return entry;
  }
}
