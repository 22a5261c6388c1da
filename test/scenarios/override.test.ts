import { expect } from "chai";
import { client, needsClient } from "./support/client.js";
import { duringCall, expectAnnounced, expectExit, expectViolation } from "./support/expect.js";
import { observed } from "./support/observed.js";
import { scenarios } from "./support/scenario.js";
import { run } from "./support/session.js";

const CALL = "start:A confirm stop r4:A usr1 events";

scenarios("OverrideRetcode", (scenario) => {
  before(needsClient);

  scenario("before the first call", async () => {
    const ended = await run(`stop map:A:1 override:5 confirm ${CALL} exit:9`);
    expectExit(ended, 5);
    expectAnnounced(ended);
  });

  scenario("as the only message", async () => {
    expectExit(await run("stop override:5 confirm"), 5);
  });

  scenario("without waiting for its Confirmation, right before the exit", async () => {
    expectExit(await run("stop override:6 exit:1"), 6);
  });

  scenario("between StartFfi and its Confirmation", async () => {
    const call = "start:A override:5 confirm confirm stop r4:A usr1 events";
    const ended = await run(`stop map:A:1 ${call}`);
    expectExit(ended, 5);
    expectAnnounced(ended);
  });

  scenario("between the Confirmation and SIGSTOP", async () => {
    const ended = await run("stop start: confirm override:5 confirm stop usr1 events exit:1");
    expectExit(ended, 5);
  });

  scenario("during the call", async () => {
    const ended = await run(
      "stop map:A:1 start:A confirm stop r4:A override:5 confirm w4:A=1 usr1 events exit:1",
    );
    expectExit(ended, 5);
    expectAnnounced(ended);
  });

  scenario("during the call, from another thread", async () => {
    const ended = await run(
      "stop map:A:1 helper say:here end start:A confirm stop r4:A helper override:5 confirm end w4:A=1 usr1 events exit:1",
    );
    expectExit(ended, 5);
    expectAnnounced(ended);
  });

  scenario("during the call, from a thread that was born in it", async () => {
    const ended = await run(
      "stop map:A:1 start:A confirm stop r4:A thread override:5 confirm r4:A+8 end w4:A=1 usr1 events exit:1",
    );
    expectExit(ended, 5);
    expectAnnounced(ended);
  });

  scenario(
    "at the end of the call, its Confirmation comes before or after the MemEvents",
    async () => {
      const ended = await run(
        "stop map:A:1 start:A confirm stop r4:A override:5 usr1 events events exit:1",
      );
      expectExit(ended, 5);
      expectAnnounced(ended);
      expect(ended.lines.slice(3)).to.include.members(["confirmed", "received 1 events"]);
    },
  );

  scenario("after the call, before its MemEvents are taken", async () => {
    const ended = await run(
      "stop map:A:1 start:A confirm stop r4:A usr1 override:5 events events exit:1",
    );
    expectExit(ended, 5);
    expectAnnounced(ended);
  });

  scenario("while large MemEvents are being delivered", async () => {
    const ended = await run(
      "stop map:A:1 start:A confirm stop many:A:2000 usr1 readable override:5 count-events confirm exit:1",
    );
    expectExit(ended, 5);
    expect(ended.lines.slice(-2)).to.deep.equal(["received 16000 events", "confirmed"]);
  });

  scenario("after the call", async () => {
    expectExit(await run(`stop map:A:1 ${CALL} override:5 confirm exit:1`), 5);
  });

  scenario("the last one counts", async () => {
    const ended = await run(
      `stop map:A:1 override:1 confirm override:2 confirm ${CALL} override:3 override:4 confirm confirm exit:1`,
    );
    expectExit(ended, 4);
  });

  scenario("it holds through later calls", async () => {
    expectExit(await run(`stop map:A:1 override:4 confirm loop:5 ${CALL} end exit:1`), 4);
  });

  scenario("fifty at once are confirmed fifty times", async () => {
    const ended = await run("stop loop:50 override:7 end loop:50 confirm end exit:1");
    expectExit(ended, 7);
    expect(ended.lines).to.have.lengthOf(50);
  });

  for (const [code, retcode] of [
    [0, 0],
    [128, 128],
    [300, 44],
    [65_536 + 9, 9],
    [2_147_483_647, 255],
    [-1, 255],
    [-2_147_483_648, 0],
  ] as const) {
    scenario(`${code} is returned as ${retcode}`, async () => {
      expectExit(await run(`stop override:${code} confirm exit:3`), retcode);
    });
  }
});

scenarios("OverrideRetcode, as the session machine's region retcode has it", (scenario) => {
  before(needsClient);

  /** Where one may come, by a script that sends one there, and the lifecycle's state. */
  const positions = [
    ["before the first call", "stop override:5 confirm map:A:1", "idle", CALL],
    [
      "before its StartFfi is confirmed",
      "stop start: override:5 confirm confirm",
      "armed",
      "stop usr1 events",
    ],
    [
      "between Confirmation and SIGSTOP",
      "stop start: confirm override:5 confirm",
      "armed",
      "stop usr1 events",
    ],
    [
      "while native code runs",
      "stop map:A:1 start:A confirm stop r4:A override:5 confirm",
      "tracing",
      "w4:A=1 usr1 events",
    ],
    [
      "while large MemEvents are delivered",
      "stop map:A:1 start:A confirm stop many:A:10000 usr1 readable override:5",
      "delivering",
      "count-events confirm",
    ],
    ["between two calls", `stop map:A:1 ${CALL} override:5 confirm`, "idle", CALL],
    ["after the last call", `stop map:A:1 ${CALL} override:5 confirm`, "idle", ""],
  ] as const;
  for (const [where, before, state, rest] of positions) {
    scenario(`${where}: it is overridden, and overridden again by the next`, async () => {
      expect(await observed(`${before} ${rest} exit:1`)).to.deep.equal([
        ...[`override 5 in ${state}: overridden`, "returned 5 in exited: settled"],
      ]);
      const again = `${before} ${rest} override:6 confirm override:7 confirm exit:1`;
      expect(await observed(again)).to.deep.equal([
        `override 5 in ${state}: overridden`,
        ...["override 6 in idle: overriddenAgain", "override 7 in idle: overriddenAgain"],
        "returned 7 in exited: settled",
      ]);
    });
  }

  scenario("before the start-up SIGSTOP: it is none, and the session fails", async () => {
    expect(await observed("override:5 stop")).to.deep.equal(["returned 1 in failed: settled"]);
  });

  scenario("that never comes: the child's code settles it", async () => {
    expect(await observed(`stop map:A:1 ${CALL} exit:9`)).to.deep.equal([
      "returned 9 in exited: settled",
    ]);
  });
});

scenarios("the code that the supervisor returns", (scenario) => {
  before(needsClient);

  scenario("is the child's where there was no override", async () => {
    expectExit(await run("stop exit:200"), 200);
  });

  scenario("is 1 where a signal killed the child", async () => {
    expectExit(await run("stop kill:KILL"), 1);
  });

  scenario("is the override where a signal killed the child", async () => {
    expectExit(await run("stop override:0 confirm kill:KILL"), 0);
    expectExit(await run("stop override:12 confirm raise:TERM"), 12);
  });

  scenario("is the override where a signal killed the child in a call", async () => {
    const ended = await run("stop override:12 confirm start: confirm stop abort");
    expectExit(ended, 12, duringCall(client(), "was killed by SIGABRT"));
  });

  scenario("is the override where the child exits in a call", async () => {
    const ended = await run("stop start: confirm override:0 confirm stop exit:9");
    expectExit(ended, 0, duringCall(client(), "exited with code 9"));
  });

  scenario("is 1 after a violation, whatever the override was", async () => {
    expectViolation(await run("stop override:0 confirm usr1"), "idle", "SIGUSR1");
    expectViolation(await run("stop override:7 confirm stop"), "idle", "SIGSTOP");
    const late = "stop start: confirm stop override:7 confirm start: confirm";
    expectViolation(await run(late), "tracing", "StartFfi");
  });

  scenario("is 1 where an override comes with what cannot be read", async () => {
    const ended = await run("stop override:0 bytes:00000000 confirm confirm");
    expect(ended).to.include({ code: 1, signal: null });
    expect(ended.stderr).to.match(
      /^ffiscope: protocol violation in state idle: .*empty frame.*\n$/,
    );
  });
});
