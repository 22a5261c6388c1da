import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Scope } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler, needsLibrary } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { ffiscope } from "./ffiscope.js";

const CRC = "uint64_t lzma_crc64(const uint8_t *buf, size_t size, uint64_t crc)";
const COPY = "void copy(char *dst, const char *src, int n)";

describe("suppressed findings", () => {
  let folder: string;
  let library: string;

  before(function () {
    needsCompiler(this);
    folder = mkdtempSync(join(tmpdir(), "ffiscope-suppressions-"));
    library = compileFixture("test/fixtures/scope/library.c", ["-shared", "-fPIC", "-O1"]);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => expectNothingLeft());

  function file(text: string): string {
    const path = join(folder, "own.supp");
    writeFileSync(path, text);
    return path;
  }
  const own = "{\n  mine\n  ffiscope:out-of-bounds-write\n  fun:copy\n}\n";

  it("of liblzma's CRC are by design, and told", async function () {
    needsLibrary(this, "liblzma.so.5", "liblzma5");
    const { code, stdout } = await ffiscope("trace", "liblzma.so.5", CRC, "out:28", "28", "0");
    expect(stdout).to.match(/^\d findings? suppressed: liblzma's CRC/m);
    expect(code).to.equal(0);
    const all = ["trace", "liblzma.so.5", CRC, "out:28", "28", "0", "--no-default-suppressions"];
    expect((await ffiscope(...all)).code).to.equal(1);
  });

  it("of a file's own entries change no exit code, and are counted in JSON", async () => {
    const args = ["trace", library, COPY, "out:4", "hello", "5", "--json"];
    expect((await ffiscope(...args)).code).to.equal(1);
    const { code, stdout } = await ffiscope(...args, "--suppressions", file(own));
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.deep.include({
      findings: [],
      suppressed: [{ name: "mine", count: 1 }],
    });
  });

  it("are none where the entry is of another kind", async () => {
    const other = file(own.replace("write", "read"));
    const args = ["trace", library, COPY, "out:4", "hello", "5", "--suppressions", other];
    expect((await ffiscope(...args)).code).to.equal(1);
  });

  it("of a file that cannot be read or is none are refused in one line", async () => {
    const args = ["trace", library, COPY, "out:5", "hello", "5", "--suppressions"];
    const missing = await ffiscope(...args, join(folder, "missing"));
    expect(missing.code).to.equal(2);
    expect(missing.stderr).to.match(/^ffiscope: cannot read the suppressions in '.*missing'.*\n$/);
    const wrong = await ffiscope(...args, file("{\n"));
    expect(wrong.code).to.equal(2);
    expect(wrong.stderr).to.match(/own\.supp, line 1: this entry has no '}'.*\n$/);
  });

  it("are none of a scope's calls", async () => {
    await using scope = await Scope.open({ suppressions: [file(own)] });
    const copy = (await scope.load(library)).func("void copy(char *dst, const char *src, int n)");
    const call = await copy(await scope.alloc(4), "hello", 5);
    expect(call.findings).to.deep.equal([]);
  });
});
