import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft } from "../support/processes.js";
import { Embedder } from "./support/embedder.js";
import { STAGES } from "./walk/stages.js";

const EXIT_STOP = fileURLToPath(new URL("./programs/exit-stop.js", import.meta.url));

describe("process.exit() of an embedding app", () => {
  /** A hang would be for ever; what is measured is well under a second. */
  const AT_MOST_MS = 20_000;

  const cases = [
    ["in a call that computes for ever", "loop", "tracing"],
    ["in a call that sleeps for ever", "pause", "tracing"],
    ["while its tracee is being started", "early", "starting"],
  ] as const;
  for (const [name, how, state] of cases) {
    it(`${name} does not wait for the tracee, and leaves none`, async function () {
      if (how === "loop") needsCompiler(this);
      const app = new Embedder("exiting", how);
      expect(await app.line()).to.equal(`exit in ${state}`);
      const start = performance.now();
      const { code } = await app.ended();
      const took = performance.now() - start;
      expect(code).to.equal(7);
      expect(took).to.be.below(AT_MOST_MS);
      await expectNothingLeft();
      console.log(`        process.exit() took ${took.toFixed(0)} ms`);
    });
  }
});

describe("a tracer that has failed", () => {
  it("ends a program whose exit stop it has not answered: SIGKILL alone does not end that", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [EXIT_STOP], {
      timeout: 20_000,
      killSignal: "SIGKILL", // it sleeps in waitid
    });
    expect(JSON.parse(stdout)).to.deep.equal({ kind: "exited", tid: null, code: 0 });
    await expectNothingLeft();
  });
});

describe("an embedding app that is killed with SIGKILL", () => {
  for (const state of [...STAGES, "severed", "stopping", "a tracee that is not told of"]) {
    it(`leaves no process in state ${state}`, async () => {
      const app = new Embedder("held", state);
      expect(await app.line()).to.equal(`held ${state}`);
      expect((await app.kill()).signal).to.equal("SIGKILL");
      await expectNothingLeft();
    });
  }

  it("leaves no process at the moment in which its tracee comes to be", async () => {
    for (let round = 0; round < 5; round++) {
      const app = new Embedder("idle");
      await childOf(app.pid);
      await app.kill();
      await expectNothingLeft();
    }
  });
});

/** Waits until a thread of `pid` has a child: nobody tells, so it is looked for without a pause. */
async function childOf(pid: number): Promise<void> {
  const hasChild = (tid: string) =>
    readFileSync(`/proc/${pid}/task/${tid}/children`, "utf8") !== "";
  while (!readdirSync(`/proc/${pid}/task`).some(hasChild)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
