import { expect } from "chai";
import { Scope } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { traceJson } from "./ffiscope.js";

/** Node 22 and newer end so where their event loop's descriptor is closed. */
const UV_ABORT = /^node: \S+uv\/src\/.* Assertion .* failed\.\n/gm;

describe("a function that takes its host away", () => {
  let library: string;
  before(function () {
    needsCompiler(this);
    library = compileFixture("test/fixtures/scope/leaving.c", ["-O1", "-w", "-shared", "-fPIC"]);
  });

  afterEach(() => expectNothingLeft());

  for (const engine of ["auto", "reference"] as const) {
    it(`by execve: it has exited with what the new program exits with: ${engine}`, async () => {
      const { code, stderr, report } = await traceJson(
        ...["--engine", engine, library, "void become(char *p, char *code)", "out:8", `"5"`],
      );
      expect({ code, stderr }).to.deep.equal({ code: 1, stderr: "" });
      expect(report).to.include({ outcome: "exited", exitCode: 5, crash: null });
      expect(report.events[0]).to.include({ kind: "write", buffer: "p", offset: 0 });
      expect(report.events.filter(({ buffer }) => buffer === "p")).to.have.length(1);
    });

    it(`by closing all descriptors: it is reported, and said: ${engine}`, async () => {
      const { stderr, report } = await traceJson(
        ...["--engine", engine, library, "int close_all(char *p)", "out:8"],
      );
      expect(stderr.replace(UV_ABORT, ""), stderr).to.match(
        /^ffiscope: what the function returned is not known: .*\n$/,
      );
      expect(report).to.include({ outcome: "returned", result: null, crash: null });
      expect(report.events.map(({ offset }) => offset)).to.deep.equal([0, 1]);
    });
  }

  it("a scope goes on with another host", async () => {
    await using scope = await Scope.open();
    const lib = await scope.load(library);
    const closeAll = lib.func("int close_all(char *p)");
    for (let i = 0; i < 2; i++) {
      const { result, events } = await closeAll(await scope.alloc(8));
      expect({ result, count: [...events].length }).to.deep.equal({ result: null, count: 2 });
    }
  });
});
