import { expect } from "chai";
import { Scope } from "ffiscope";
import { ffiscope } from "../cli/ffiscope.js";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";

const FLAGS = ["-O1", "-w", "-shared", "-fPIC"];
const SIGSEGV = 11;
const SIGUSR1 = 10;

describe("a function that leaves signals in another state", () => {
  let library: string;
  let loading: string;

  before(function () {
    needsCompiler(this);
    library = compileFixture("test/fixtures/scope/signals-left.c", FLAGS);
    loading = compileFixture("test/fixtures/scope/signals-left.c", [...FLAGS, "-DAT_LOAD"]);
  });

  afterEach(() => expectNothingLeft());

  for (const engine of ["auto", "reference"] as const) {
    it(`blocked signals do not keep a call from ending, nor stay for the next: ${engine}`, async () => {
      await using scope = await Scope.open({ engine, timeout: 60_000 });
      const lib = await scope.load(library);
      const blocked = lib.func("int blocked(void)");
      const leaveBlocked = lib.func("void leave_blocked(int signal, char *p)");
      const p = await scope.alloc(8);
      const before = (await blocked()).result;
      for (const signal of [SIGUSR1, SIGSEGV, 0]) {
        const { events } = await leaveBlocked(signal, p);
        expect([...events].map(({ kind }) => kind)).to.deep.equal(["read", "write"]);
        expect((await blocked()).result).to.equal(before);
      }
    });
  }

  it("a constructor that raises SIGUSR1 and blocks all signals: the calls are as ever", async () => {
    const { code, stdout, stderr } = await ffiscope("trace", loading, "int blocked(void)");
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.include("blocked() = 0\n");
  });

  it("SIGUSR1 opens no debugger in the host", async () => {
    const prototype = "void raise_usr1(char *p)";
    const { code, stdout, stderr } = await ffiscope("trace", library, prototype, "out:8");
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.include("1 reads, 1 writes");
  });
});
