import { expect } from "chai";
import { Pool, type Scope as ScopeType } from "ffiscope";
import { ffiscope } from "../cli/ffiscope.js";
import { callError } from "../scope/support.js";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { libraryIn, Scope, told } from "./support.js";

const MiB = 2 ** 20;
const USE = "long use_stack(long size)";

describe("the stack of a call", () => {
  before(function () {
    needsCompiler(this);
  });

  afterEach(() => expectNothingLeft());

  for (const engine of ["auto", "reference"] as const) {
    it(`is 8 MiB: what needs 7 of them returns, and what needs 9 has run out, ${engine}`, async () => {
      await using scope = await Scope.open({ timeout: 20_000, engine });
      const use = (await libraryIn(scope, "stack")).func(USE);
      expect((await use(4 * MiB)).result).to.equal(4 * MiB);
      expect((await use(7 * MiB)).result).to.equal(7 * MiB);
      const { call, shortMessage } = await callError(use(9 * MiB));
      expect(call!.crash!.reason).to.equal("stack-overflow");
      expect(shortMessage).to.match(/stack/);
    });
  }

  it("is what stackBytes says", async () => {
    await using scope = await Scope.open({ timeout: 20_000, stackBytes: 256 * 1024 });
    const use = (await libraryIn(scope, "stack")).func(USE);
    expect((await use(128 * 1024)).result).to.equal(128 * 1024);
    expect((await callError(use(MiB))).code).to.equal("CALL_CRASHED");
    await using large = await Pool.open({ hosts: 1, stackBytes: 16 * MiB });
    const library = await large.load(fixture());
    expect((await library.func(USE)(15 * MiB)).result).to.equal(15 * MiB);
    expect(await told(() => Scope.open({ stackBytes: 17 * MiB }))).to.match(
      /^INVALID_OPTION: Scope.open: .*'stackBytes'.*from 65536 to 16777216/,
    );
  });

  it("is what --stack says", async () => {
    const words = ["trace", fixture(), USE, String(4 * MiB)];
    expect(await ffiscope(...words)).to.include({ code: 0 });
    expect(await ffiscope(...words, "--stack", String(MiB))).to.include({ code: 1 });
    const refused = await ffiscope(...words, "--stack", "5");
    expect(refused.code).to.equal(2);
    expect(refused.stderr).to.match(/--stack .*65536 to 16777216/);
  });
});

describe("errno after a call", () => {
  let scope: ScopeType;

  before(async function () {
    needsCompiler(this);
    scope = await Scope.open({ timeout: 20_000 });
  });

  after(async () => {
    await scope?.close();
    await expectNothingLeft();
  });

  it("is what the called function left, by number and name", async () => {
    const set = (await libraryIn(scope, "stack")).func("int set_errno(int value)");
    for (const [value, name] of [
      ...([
        [2, "ENOENT"],
        [11, "EAGAIN"],
        [0, null],
        [126, "ENOKEY"],
        [4095, "4095"],
      ] as const),
    ]) {
      expect(await set(value)).to.deep.include({ errno: value, errnoName: name });
    }
    expect(await set(-1)).to.deep.include({ result: 0, errno: 0, errnoName: null });
  });

  it("is libc's, after each of its calls", async () => {
    const libc = await scope.load("libc.so.6");
    const open = libc.func("int open(const char *path, int flags)");
    expect(await open("/no/such/file", 0)).to.deep.include({ result: -1, errnoName: "ENOENT" });
    expect(await open("/", 1)).to.deep.include({ result: -1, errnoName: "EISDIR" });
    const strtol = libc.func("long strtol(const char *text, char **end, int base)");
    expect(await strtol("9".repeat(30), null, 10)).to.deep.include({ errnoName: "ERANGE" });
    expect(await strtol("9", null, 10)).to.deep.include({ result: 9, errno: 0, errnoName: null });
  });
});

function fixture(): string {
  return compileFixture("test/fixtures/values/stack.c", ["-shared", "-fPIC", "-O1"]);
}
