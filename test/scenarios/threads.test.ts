import { expect } from "chai";
import { idleShare } from "../support/processor-time.js";
import { needsClient } from "./support/client.js";
import { announced, expectAnnounced, expectExit, received } from "./support/expect.js";
import { scenarios } from "./support/scenario.js";
import { run, supervise } from "./support/session.js";

const CALL = "start:A confirm stop r4:A w4:A+4=1 usr1 events";

scenarios("threads of the client", (scenario) => {
  before(needsClient);

  scenario("their accesses are the call's, in the order in which they are made", async () => {
    const ended = await run(
      "stop map:A:2 helper say:here end start:A confirm stop r4:A helper w4:A.1=1 end thread r8:A+8 end r1:A usr1 events",
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(received(ended)).to.have.lengthOf(4);
  });

  scenario("any of them may make the calls", async () => {
    const ended = await run(
      `stop map:A:1 helper ${CALL} end ${CALL} thread ${CALL} end helper ${CALL} end exit:3`,
    );
    expectExit(ended, 3);
    expectAnnounced(ended);
  });

  scenario("the call is over for the thread that began it, not for another", async () => {
    const ended = await run(
      "stop handle:USR1 end map:A:1 helper start:A confirm stop r4:A end thread usr1 end helper w4:A=1 usr1 events end exit:3",
    );
    expectExit(ended, 3);
    expectAnnounced(ended);
    expect(ended.lines).to.include("handled USR1");
  });

  for (const ticking of ["tick-busily", "tick-asleep"]) {
    scenario(
      `a background thread (${ticking}) that was there before the call runs on`,
      async () => {
        const ended = await run(
          `stop map:A:1 ${ticking} ticks:20 loop:3 start:A confirm stop r4:A ticks:20 w4:A+4=1 usr1 ticks:20 events end ticks:20 exit:3`,
        );
        expectExit(ended, 3);
        expectAnnounced(ended);
      },
    );

    scenario(
      `a background thread (${ticking}) that was started in a call is never frozen`,
      async () => {
        const ended = await run(
          `stop map:A:1 start:A confirm stop r4:A ${ticking} ticks:20 loop:50 r4:A end usr1 ticks:20 events ticks:20 loop:5 ${CALL} ticks:20 end exit:3`,
        );
        expectExit(ended, 3);
        expectAnnounced(ended);
      },
    );
  }

  for (const [whose, close, open] of [
    ["that the supervisor guards", "", ""],
    ["that the client closes and opens itself", "protect:B", "unprotect:B"],
  ] as const) {
    scenario(`a thread that outlived its call works on pages ${whose}, as it likes`, async () => {
      const call = `start:B,A confirm stop ${close} ticks:3 ${open} usr1 count-events ticks:3`;
      const ended = await run(
        `stop map:A:1 map:B:1 start:A,B confirm stop tick-busily:B+8 ticks:3 usr1 count-events ticks:20 loop:10 ${call} end exit:3`,
      );
      expectExit(ended, 3);
    });
  }

  scenario("many threads at once: no access is lost", async () => {
    const reads = "loop:40 r4:A+8 end";
    const ended = await run(
      `stop map:A:1 start:A confirm stop background ${reads} end helper ${reads} end ${reads} join usr1 events exit:3`,
    );
    expectExit(ended, 3);
    expect(received(ended).sort()).to.deep.equal(announced(ended).sort());
    expect(received(ended)).to.have.lengthOf(120);
  });

  scenario("hundreds of threads come and go in a call", async () => {
    const ended = await run(
      "stop map:A:1 start:A confirm stop loop:200 thread r1:A+3 end end usr1 events exit:3",
    );
    expectExit(ended, 3);
    expectAnnounced(ended);
    expect(received(ended)).to.have.lengthOf(200);
  });

  scenario("a call of a thread after the main thread has ended", async () => {
    const ended = await run(`stop map:A:1 background ${CALL} exit:3 end end-thread`);
    expectExit(ended, 3);
    expectAnnounced(ended);
  });
});

/** Of a core. */
const IDLE_SHARE = 0.01;

describe("a session in which nothing happens", () => {
  before(needsClient);

  for (const [where, script] of [
    ["between calls", "stop"],
    ["in a call", "stop map:A:1 start:A confirm stop r4:A"],
  ] as const) {
    it(`takes no processor time ${where}`, async () => {
      const session = supervise(`${script} await:end exit:0`);
      await session.said("awaiting end");
      const share = await idleShare(session.pid, IDLE_SHARE);
      session.process.stdin.destroy();
      await session.end();
      expect(share).to.be.at.most(IDLE_SHARE);
    });
  }
});
