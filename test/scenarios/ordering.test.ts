import { expect } from "chai";
import { needsClient } from "./support/client.js";
import { expectAnnounced, expectExit, expectViolation, type State } from "./support/expect.js";
import { scenarios } from "./support/scenario.js";
import { run } from "./support/session.js";

const CALL = "start:A confirm stop r4:A usr1 events";
/** More than the channel's buffers hold: the call ends, and its MemEvents are under way. */
const UNREAD = "map:B:1 start:B confirm stop many:B:2000 usr1 readable";

const BREACHES: readonly [name: string, script: string, state: State, came: string][] = [
  [
    "a second StartFfi before the first call",
    "stop start: confirm start: confirm",
    "armed",
    "StartFfi",
  ],
  ["two StartFfi at once", "stop start: start: confirm confirm pause", "armed", "StartFfi"],
  [
    "a second StartFfi while the call is traced",
    "stop start: confirm stop start: confirm",
    "tracing",
    "StartFfi",
  ],
  [
    "a StartFfi of another thread while the call is traced",
    "stop start: confirm stop thread start: confirm end",
    "tracing",
    "StartFfi",
  ],
  [
    "a StartFfi before the MemEvents were taken",
    `stop ${UNREAD} start: pause`,
    "delivering",
    "StartFfi",
  ],
  ["SIGSTOP without StartFfi", "stop stop", "idle", "SIGSTOP"],
  ["SIGSTOP by kill(2) without StartFfi", "stop kill:STOP", "idle", "SIGSTOP"],
  ["SIGSTOP of another thread without StartFfi", "stop thread stop end", "idle", "SIGSTOP"],
  [
    "a SIGSTOP for a call of which there was only one",
    `stop map:A:1 ${CALL} stop`,
    "idle",
    "SIGSTOP",
  ],
  ["SIGSTOP before the MemEvents were taken", `stop ${UNREAD} stop`, "delivering", "SIGSTOP"],
  ["SIGUSR1 without a call", "stop usr1", "idle", "SIGUSR1"],
  ["SIGUSR1 without a call, with a handler for it", "stop handle:USR1 end usr1", "idle", "SIGUSR1"],
  ["SIGUSR1 without a call, ignored", "stop ignore:USR1 usr1", "idle", "SIGUSR1"],
  ["SIGUSR1 of another thread without a call", "stop thread usr1 end", "idle", "SIGUSR1"],
  ["a second SIGUSR1", `stop map:A:1 ${CALL} usr1`, "idle", "SIGUSR1"],
  [
    "a second SIGUSR1 before the MemEvents were taken",
    `stop ${UNREAD} usr1`,
    "delivering",
    "SIGUSR1",
  ],
  ["SIGUSR1 between Confirmation and SIGSTOP", "stop start: confirm usr1", "armed", "SIGUSR1"],
  [
    "SIGUSR1 between Confirmation and SIGSTOP of a second call",
    `stop map:A:1 ${CALL} start:A confirm usr1`,
    "armed",
    "SIGUSR1",
  ],
  ["SIGUSR1 before the start-up SIGSTOP", "usr1", "initialStop", "SIGUSR1"],
  ["StartFfi before the start-up SIGSTOP", "start: confirm", "initialStop", "StartFfi"],
  [
    "an override before the start-up SIGSTOP",
    "override:3 confirm",
    "initialStop",
    "OverrideRetcode",
  ],
];

scenarios("a breach of the order ends the session", (scenario) => {
  before(needsClient);

  for (const [name, script, state, came] of BREACHES) {
    scenario(name, async () => {
      const ended = await run(`${script} exit:0`);
      expectViolation(ended, state, came);
    });
  }

  for (const signal of ["stop", "usr1"]) {
    scenario(`the child does not run on after a ${signal} that was not due`, async () => {
      const ended = await run(`stop ${signal} say:on exit:0`);
      expect(ended.stdout).to.equal("");
      expect(ended.code).to.equal(1);
    });
  }

  scenario("a frame right before the start-up SIGSTOP, however fast that follows", async () => {
    for (let i = 0; i < 2; i++) {
      const ended = await run("override:3 stop confirm exit:0");
      expectViolation(ended, "initialStop", "OverrideRetcode");
    }
  });

  scenario("a StartFfi in a call that ends at once", async () => {
    for (let i = 0; i < 2; i++) {
      const ended = await run(
        "stop start: confirm stop start: usr1 events confirm stop usr1 events",
      );
      expectViolation(ended, "tracing", "StartFfi");
    }
  });
});

scenarios("a SIGUSR1 that ends no call is the program's own", (scenario) => {
  before(needsClient);

  const handled = (lines: readonly string[]) =>
    lines.filter((line) => line === "handled USR1").length;

  scenario("by kill(2), in every state", async () => {
    const script =
      "handle:USR1 end kill:USR1 stop kill:USR1 map:A:1 start:A kill:USR1 confirm kill:USR1 " +
      "stop kill:USR1 r4:A kill:USR1 usr1 kill:USR1 events kill:USR1 exit:3";
    const ended = await run(script);
    expectExit(ended, 3);
    expectAnnounced(ended);
    expect(handled(ended.lines)).to.equal(8);
  });

  scenario("by sigqueue(3), in every state", async () => {
    const script =
      "handle:USR1 end stop queue:USR1 map:A:1 start:A confirm queue:USR1 stop queue:USR1 r4:A usr1 events exit:3";
    const ended = await run(script);
    expectExit(ended, 3);
    expectAnnounced(ended);
    expect(handled(ended.lines)).to.equal(3);
  });

  scenario("of another thread in a call", async () => {
    const script =
      "stop handle:USR1 end map:A:1 helper say:here end start:A confirm stop r4:A helper usr1 end thread usr1 end w4:A=1 usr1 events";
    const ended = await run(script);
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(handled(ended.lines)).to.equal(2);
  });

  scenario("by kill(2) without a handler, it kills the program", async () => {
    expectExit(await run("stop kill:USR1"), 1);
  });

  scenario("the handler's own accesses are the call's", async () => {
    const script =
      "stop handle:USR1 w4:A+8=1 end map:A:1 start:A confirm stop r4:A kill:USR1 r8:A usr1 events";
    const ended = await run(script);
    expectExit(ended, 0);
    expectAnnounced(ended);
  });
});
