import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { needsLibrary } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { MAIN } from "./ffiscope.js";

const CRC = "unsigned long crc32(unsigned long crc, const unsigned char *buf, unsigned len);";
const CALL = ["libz.so.1", "crc32", "0", "hello", "5"];

describe("ffiscope trace --declare, --header", () => {
  let folder: string;

  before(function () {
    needsLibrary(this, "libz.so.1", "zlib1g");
    folder = mkdtempSync(join(tmpdir(), "ffiscope-header-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => expectNothingLeft());

  const trace = (words: readonly string[], input = "") =>
    spawnSync(process.execPath, [MAIN, "trace", ...words], { input, encoding: "utf8" });

  function file(name: string, content: string | Buffer): string {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  }

  it("calls a function by its name", () => {
    const typedef = "typedef unsigned long word;";
    const declared = ["--declare", typedef, "--declare", CRC.replace("unsigned long", "word")];
    for (const [words, input] of [
      [declared, ""],
      [["--header", "-"], CRC],
    ] as const) {
      const { status, stdout } = trace([...words, ...CALL], input);
      expect(stdout).to.match(/^crc32\(crc = 0, buf = "hello", len = 5\) = 907060870\n/);
      expect(status).to.equal(0);
    }
  });

  it("says in one line what is wrong, with exit code 2", () => {
    const huge = file("huge.i", "");
    truncateSync(huge, 300 * 2 ** 20);
    const header = file("z.i", `# 3 "z.h"\n${CRC}\nint odd(what_t);`);
    const cases: readonly (readonly [words: readonly string[], message: RegExp])[] = [
      [["--header", join(folder, "none.h"), ...CALL], /none\.h' .*there is no such file/],
      [["--header", folder, ...CALL], /it is a directory/],
      [["--header", process.execPath, ...CALL], /bytes or more|NUL bytes/],
      [["--header", file("elf.i", Buffer.from("int a;\0")), ...CALL], /it has NUL bytes/],
      [["--header", huge, ...CALL], /314572800 bytes/],
      [["--header", file("raw.h", "#ifndef Z_H\nint a;\n#endif"), ...CALL], /raw\.h:1.*cc -E/],
      [["--header", "-", ...CALL], /standard input declares nothing/],
      [["--declare", "hello world wide;", ...CALL], /'wide' stands at --declare:1/],
      [["--header", header, "libz.so.1", "crc23"], /Did you mean crc32\?/],
      [["--header", header, "libz.so.1", "odd", "1"], /'what_t' at z\.h:4 is not known/],
      [CALL, /no list of parameters.*--header/],
    ];
    for (const [words, message] of cases) {
      const { status, stderr } = trace(words);
      expect(stderr).to.match(message);
      expect(stderr.trimEnd()).to.not.include("\n");
      expect(status).to.equal(2);
    }
  });
});
