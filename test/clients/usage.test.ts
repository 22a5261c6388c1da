import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect } from "chai";
import { scenarios } from "../scenarios/support/scenario.js";
import { needsCompiler } from "../support/needs.js";
import { compileWithClient } from "./support/programs.js";
import { finish, MAIN, supervise } from "./support/supervise.js";

const usage = () => compileWithClient("usage");

/** What the program printed under `ffiscope run`, line by line. */
async function supervised(mode: string): Promise<string[]> {
  const { code, stdout, stderr } = await supervise([usage(), mode]);
  expect(stderr).to.equal("");
  expect(code).to.equal(mode === "signals" ? 49 : 0);
  return stdout.trimEnd().split("\n");
}

scenarios("the C client's manners", (scenario) => {
  before(function () {
    needsCompiler(this);
    usage();
  });

  scenario("not supervised, it says so; or runs untraced where that was asked for", async () => {
    const { code, stdout } = await finish(usage(), ["unsupervised"]);
    expect(code).to.equal(0);
    expect(stdout.trimEnd().split("\n")).to.deep.equal([
      "attach: 1 this process is not supervised by ffiscope: FFISCOPE_FD is not set | Start the program with 'ffiscope run -- PROGRAM'",
      "attach: 0",
      "tracing: 0",
      "events: 0, and the store is 1",
      "begin: 0",
      "end: 0",
      "count: 0",
      "override: 0",
      "detach: 0",
    ]);
  });

  scenario("a variable that is left over stops nobody", async () => {
    const number = "which is no number of a descriptor | Leave FFISCOPE_FD to the supervisor";
    const line =
      "is no line to a supervisor | It is left over from another process: start this one with 'ffiscope run'";
    const said = {
      "": `FFISCOPE_FD is "", ${number}`,
      "3x": `FFISCOPE_FD is "3x", ${number}`,
      "-1": `FFISCOPE_FD is "-1", ${number}`,
      "99999999999": `FFISCOPE_FD is "99999999999", ${number}`,
      "500": `descriptor 500, which FFISCOPE_FD names, ${line}`,
    };
    for (const [variable, text] of Object.entries(said)) {
      const { code, stdout } = await finish(usage(), ["attach"], { FFISCOPE_FD: variable });
      expect(code).to.equal(0);
      expect(stdout).to.equal(`attach: 2 ${text}\n`);
    }
  });

  scenario("a caller's mistakes are told, and cost nothing", async () => {
    expect(await supervised("mistakes")).to.deep.equal([
      "attach: 0",
      "end: 4 ffiscope_end without a call | Call ffiscope_begin first",
      "odd: 3",
      "part: 3",
      "huge: 3 a heap of 268435456 pages does not fit a frame of 256 MiB | Hand over only what the call can reach",
      "odd page: 3",
      "begin: 0",
      "begin again: 4 ffiscope_begin during a call | Call ffiscope_end first: calls do not nest",
      "end elsewhere: 5 ffiscope_end in another thread than ffiscope_begin | End a call and read its events in the thread that began it",
      "end: 0",
      "end again: 4 ffiscope_end without a call | Call ffiscope_begin first",
      "events elsewhere: 5 events of another thread's call | Read events in the thread that began the call",
      "begin in a callback: 4 ffiscope_begin in an ffiscope_on_event | Do it when the events of this call are read",
      "events: 0",
      "begin: 0",
      "end: 0",
      "events: 1",
      "no pages: 0",
      "end: 0",
    ]);
  });

  scenario(
    "its process: what it leaves to descendants, to a fork, and to a second attach",
    async () => {
      expect(await supervised("process")).to.deep.equal([
        "attach: 0",
        "variable: gone",
        "close-on-exec: 1",
        "attach again: 0",
        "same: 1",
        "forked: 6 6 6",
        "events: 1",
        "begin: 0",
        "end: 10 cannot make the heap accessible again: Permission denied",
        "end again: 0",
        "detach: 0",
      ]);
    },
  );

  scenario("signals that interrupt everything, and a blocked SIGUSR1", async () => {
    expect(await supervised("signals")).to.deep.equal([
      "attach: 0",
      "events: 50, interrupted: 1, SIGUSR1 blocked: 1",
    ]);
  });

  scenario("threads take turns, each with its own events, while another overrides", async () => {
    const ended = await supervise([compileWithClient("threads"), "4", "25"]);
    expect(ended).to.deep.equal({
      code: 21,
      stdout: "right: 100, wrong: 0, overridden: 1\n",
      stderr: "",
    });
  });

  /** More than a pipe holds, to a reader that begins when the program waits for it. */
  scenario("what the program prints is whole, however late it is read", async () => {
    const lines = "i=0; while [ $i -lt 12000 ]; do echo line $i; i=$((i+1)); done; echo end >&2";
    const script = `kill -STOP $$; ${lines}`;
    const child = spawn(process.execPath, [MAIN, "run", "--", "/bin/sh", "-c", script]);
    const closed = once(child, "close");
    child.stdout.setEncoding("latin1");
    await once(child.stdout, "readable");
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    await closed;
    expect(child.exitCode).to.equal(0);
    expect(text.split("\n")).to.have.lengthOf(12_001);
  });
});
