import { join } from "node:path";
import { expect } from "chai";
import { scenarios } from "../scenarios/support/scenario.js";
import { ROOT } from "../support/fixtures.js";
import { type Ended, finish, supervise } from "./support/supervise.js";

const MANNERS = join(ROOT, "test/fixtures/clients/manners.mjs");

const NOT_SUPERVISED =
  "attach: NOT_SUPERVISED this process is not supervised by ffiscope: FFISCOPE_FD is not set. Start it with 'ffiscope run -- node app.mjs', or ask isSupervised() first";

function linesOf({ code, stdout, stderr }: Ended): string[] {
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

scenarios("the Node client's manners", (scenario) => {
  scenario("a variable that is left over stops nobody", async () => {
    for (const variable of ["", "3x", "-1", "17", "500", "99999999999"]) {
      const ended = await finish(process.execPath, [MANNERS, "attach"], { FFISCOPE_FD: variable });
      expect(linesOf(ended)).to.deep.equal([
        "supervised: false",
        `attach: LINE_REFUSED FFISCOPE_FD is '${variable}', which is no line to a supervisor. It is left over from another process: start this one with 'ffiscope run'`,
      ]);
    }
  });

  scenario("its process: a heap's size, a second attach, a worker, descendants", async () => {
    const lines = linesOf(await supervise([process.execPath, MANNERS, "process"]));
    const [worker] = lines.splice(7, 1);
    expect(worker).to.match(
      /^attach: LINE_TAKEN FFISCOPE_FD is '\d+', a descriptor that is in use already\. Attach in one thread of the process alone$/,
    );
    const [child] = lines.splice(10, 1);
    expect(child).to.match(/^attach: LINE_(TAKEN|REFUSED) /);
    expect(lines).to.deep.equal([
      "a heap too large: HEAP_SIZE the traced heap cannot have 1099511627776 bytes. Ask for 1 to 17179869184",
      "supervised: true",
      "attach: function",
      "tracees: 1",
      "supervised: true",
      "variable: undefined",
      "supervised: false", // in a worker
      "supervised: false", // in a child
      NOT_SUPERVISED,
      "supervised: false", // in a child that is given the variable
    ]);
  });

  scenario("a worker can be the one that attaches", async () => {
    const lines = linesOf(await supervise([process.execPath, MANNERS, "worker"]));
    expect(lines).to.deep.equal(["supervised: true", "attach: function"]);
  });
});
