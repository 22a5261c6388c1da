import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { Scope } from "ffiscope";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { expectNothingLeft, leftProcesses } from "../support/processes.js";
import { MAIN } from "./ffiscope.js";

const copies = () => compileFixture("test/fixtures/hostile/copies.c", ["-shared", "-fPIC", "-O1"]);

const hosts = () => leftProcesses().filter(({ command }) => command.includes("tracee/host.js"));

describe("a forked copy of the built-in host", () => {
  before(function () {
    needsCompiler(this);
  });
  afterEach(() => expectNothingLeft());

  for (const name of ["fork_and_spin", "fork_twice_and_sleep"]) {
    it(`ends with the scope: ${name}`, async () => {
      const scope = await Scope.open();
      const lib = await scope.load(copies());
      const call = lib.func(`int ${name}(void)`);
      expect((await call()).result).to.equal(1);
      expect((await call()).result).to.equal(1);
      expect(hosts()).to.have.length.above(2);
      await scope.close();
      await expectNothingLeft();
    });
  }

  it("ends with a supervisor that is killed", async () => {
    const args = [MAIN, "trace", copies(), "void fork_and_loop(void)"];
    const supervisor = spawn(process.execPath, args, { stdio: "ignore" });
    while (hosts().length < 2) await delay(10);
    supervisor.kill("SIGKILL");
    await once(supervisor, "exit");
    await expectNothingLeft();
  });

  it("forks, waits and handles signals as it would untraced", async () => {
    const scope = await Scope.open();
    const lib = await scope.load(copies());
    expect((await lib.func("int fork_and_wait(void)")()).result).to.equal(5);
    await scope.close();
  });

  it("is nobody's to end once it is another program", async () => {
    const scope = await Scope.open();
    const lib = await scope.load(copies());
    expect((await lib.func("int fork_and_exec(void)")()).result).to.equal(1);
    await scope.close();
    const [other, ...more] = leftProcesses();
    expect(other!.command).to.match(/^(sleep 1000|sh -c)/);
    expect(more).to.deep.equal([]);
    process.kill(other!.pid, "SIGKILL");
  });
});
