import { expect } from "chai";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { touched, traceJson, upTo } from "./ffiscope.js";

describe("ffiscope trace on functions that make processes while a thread of theirs runs", () => {
  let library: string;
  before(function () {
    needsCompiler(this);
    library = compileFixture("test/fixtures/native/processes.c", [
      ...["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-pthread"],
    ]);
  });
  afterEach(() => expectNothingLeft());

  for (const engine of ["auto", "reference"]) {
    for (const name of ["fork_beside", "clone_beside", "spawn_beside"]) {
      it(`${name}: the children have copies, whose accesses are nobody's event (${engine})`, async () => {
        const prototype = `int ${name}(char *buffer)`;
        const { report } = await traceJson("--engine", engine, library, prototype, "out:16");
        expect(report).to.deep.include({ outcome: "returned", result: 0 });
        expect(touched(report, "write", "buffer")).to.deep.equal([0, 2]);
        expect(touched(report, "read", "buffer")).to.deep.equal(upTo(1));
      });
    }
  }
});
