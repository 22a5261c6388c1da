import { expect } from "chai";
import { client, needsClient } from "./support/client.js";
import { announced, duringCall, expectAnnounced, expectExit, received } from "./support/expect.js";
import { contentOf } from "./support/leftovers.js";
import { scenarios } from "./support/scenario.js";
import { run, type Session, supervise } from "./support/session.js";

const IN_CALL = "stop map:A:2 start:A confirm stop r4:A";
const CALL_END = "w4:A.1+8=1 usr1 events exit:3";

const count = (lines: readonly string[], line: string) =>
  lines.filter((other) => other === line).length;

scenarios("signals of the program's own, in a call", (scenario) => {
  before(needsClient);

  scenario("a handler runs, and its accesses are the call's", async () => {
    const ended = await run(
      `stop handle:ALRM increment:A+64 end map:A:2 start:A confirm stop r4:A alarm:1000 until:ALRM ${CALL_END}`,
    );
    expectExit(ended, 3);
    expectAnnounced(ended);
    expect(received(ended)).to.have.lengthOf(4);
  });

  scenario("a timer that goes off in the middle of accesses loses none", async () => {
    const ended = await run(
      "stop handle:ALRM end map:A:1 start:A confirm stop alarms:3000 read-until-alarms:A:30 usr1 count-events exit:3",
    );
    expectExit(ended, 3);
    const [made] = ended.lines.filter((line) => line.startsWith("made"));
    expect(ended.lines.at(-1)).to.equal(`received ${made!.split(" ")[1]} events`);
    expect(Number(made!.split(" ")[1])).to.be.at.least(30);
  });

  scenario("a timer whose handler makes accesses, in the middle of accesses", async () => {
    const ended = await run(
      "stop handle:ALRM r8:A+32 end map:A:1 start:A confirm stop alarms:100 read-until-alarms:A:20 usr1 events exit:3",
    );
    expectExit(ended, 3);
    const made = Number(ended.lines.find((line) => line.startsWith("made"))!.split(" ")[1]);
    const ofHandler = received(ended).filter((event) => event.includes(" 8 certain"));
    expect(ofHandler).to.deep.equal(announced(ended));
    expect(received(ended)).to.have.lengthOf(made + ofHandler.length);
  });

  for (const [step, signal, reason] of [
    ["divide", "FPE", "SIGFPE"],
    ["abort", "ABRT", "SIGABRT"],
    ["raise:TERM", "TERM", "SIGTERM"],
    ["kill:USR2", "USR2", "SIGUSR2"],
    ["w4:0x10=1", "SEGV", "SIGSEGV"],
  ] as const) {
    scenario(`${reason} ends the program, once`, async () => {
      const ended = await run(`${IN_CALL} ${step} exit:0`);
      expectExit(ended, 1, duringCall(client(), `was killed by ${reason}`));
    });

    scenario(`${reason} with a handler runs that, once, and the call goes on`, async () => {
      const ended = await run(
        `stop handle:${signal} jump end map:A:2 start:A confirm stop r4:A try ${step} end ${CALL_END}`,
      );
      expectExit(ended, 3);
      const handled = ended.lines.filter((line) => line.startsWith("handled"));
      expect(handled).to.deep.equal([
        signal === "SEGV" ? "handled SEGV at 0x10" : `handled ${signal}`,
      ]);
      expect(received(ended)).to.deep.equal(
        announced(ended).filter((access) => !/ 0x10 /.test(access)),
      );
    });
  }

  scenario("a handler that opens the page that was missing, and returns", async () => {
    const ended = await run(
      `stop map:Z:1:none handle:SEGV unprotect:Z end map:A:2 start:A confirm stop r4:A w4:Z+4=7 r4:A.1 ${CALL_END} peek:Z+4:4`,
    );
    expectExit(ended, 3);
    expect(ended.lines.filter((line) => line.startsWith("handled"))).to.have.lengthOf(1);
    const others = announced(ended).filter(
      (access) => !access.startsWith("write") || access.includes(" 4 "),
    );
    expect(others).to.have.lengthOf(4);
    expect(received(ended)).to.deep.equal(announced(ended).filter((_, i) => i !== 1));
  });

  scenario("a SIGSEGV handler may touch the heap itself, and works again afterwards", async () => {
    const ended = await run(
      `stop handle:SEGV increment:A+8 jump end map:A:2 start:A confirm stop try w4:0x10=1 end try w4:0x20=1 end ${CALL_END}`,
    );
    expectExit(ended, 3);
    expect(ended.lines).to.include.members(["handled SEGV at 0x10", "handled SEGV at 0x20"]);
    expect(received(ended)).to.deep.equal(
      announced(ended).filter((access) => !/ 0x[12]0 /.test(access)),
    );
  });

  for (const signal of ["SEGV", "TRAP"]) {
    scenario(`a blocked SIG${signal} stays blocked, and its handler stays`, async () => {
      const ended = await run(
        `stop handle:${signal} end block:${signal} map:A:2 start:A confirm stop r4:A disposition:${signal} thread r4:A end disposition:${signal} unblock:${signal} r4:A disposition:${signal} ${CALL_END}`,
      );
      expectExit(ended, 3);
      expectAnnounced(ended);
      expect(ended.lines.filter((line) => line.includes(" is "))).to.deep.equal([
        `${signal} is handled and blocked`,
        `${signal} is handled and blocked`,
        `${signal} is handled and not blocked`,
      ]);
    });

    scenario(`an ignored SIG${signal} stays ignored`, async () => {
      const ended = await run(
        `stop ignore:${signal} map:A:2 start:A confirm stop r4:A disposition:${signal} sys-read:A:8 usr1 events disposition:${signal}`,
      );
      expectExit(ended, 0);
      expect(count(ended.lines, `${signal} is ignored and not blocked`)).to.equal(2);
    });
  }

  scenario("SIGCHLD of a child that ends in the call", async () => {
    const ended = await run(
      `stop handle:CHLD end map:A:2 start:A confirm stop fork end ${CALL_END}`,
    );
    expectExit(ended, 3);
    expectAnnounced(ended);
    expect(ended.lines).to.include("handled CHLD");
  });
});

/** Waits until the process is in `state` (proc(5)); it tells nobody. */
async function inState(pid: number, state: RegExp): Promise<void> {
  for (;;) {
    const stat = contentOf(`/proc/${pid}/stat`);
    if (state.test(stat.slice(stat.lastIndexOf(")") + 2))) return;
    await new Promise(setImmediate);
  }
}

scenarios("SIGSTOP and SIGCONT from outside", (scenario) => {
  before(needsClient);

  async function stopAndGo(session: Session, pid: number): Promise<void> {
    process.kill(pid, "SIGSTOP");
    await inState(pid, /^[Tt]/);
    session.tell(); // a stopped program does not read it
    process.kill(pid, "SIGCONT");
  }

  for (const [where, before, after] of [
    ["outside of a call", "stop map:A:2", `start:A confirm stop ${CALL_END}`],
    ["with a call armed", "stop map:A:2 start:A confirm", `stop ${CALL_END}`],
    ["in a call", IN_CALL, CALL_END],
  ] as const) {
    scenario(`${where} stop and continue the program`, async () => {
      const session = supervise(`pid handle:CONT end ${before} await:go ${after}`);
      const pid = await session.number(/^pid/);
      await session.said("awaiting go");
      await stopAndGo(session, pid);
      const ended = await session.end();
      expectExit(ended, 3);
      expectAnnounced(ended);
      expect(ended.lines).to.include("handled CONT");
    });
  }

  scenario("in the middle of accesses", async () => {
    const session = supervise(
      `pid stop handle:ALRM end map:A:1 start:A confirm stop say:in alarms:20000 read-until-alarms:A:10 usr1 count-events exit:3`,
    );
    const pid = await session.number(/^pid/);
    await session.said("in");
    for (let i = 0; i < 5; i++) {
      process.kill(pid, "SIGSTOP");
      await inState(pid, /^[Tt]/);
      process.kill(pid, "SIGCONT");
    }
    const ended = await session.end();
    expectExit(ended, 3);
    const made = ended.lines.find((line) => line.startsWith("made"))!.split(" ")[1];
    expect(ended.lines.at(-1)).to.equal(`received ${made} events`);
  });

  scenario("a program that is stopped can be killed", async () => {
    const session = supervise("pid stop await:stop exit:0");
    const pid = await session.number(/^pid/);
    await session.said("awaiting stop");
    process.kill(pid, "SIGSTOP");
    await inState(pid, /^[Tt]/);
    process.kill(pid, "SIGKILL");
    expectExit(await session.end(), 1);
  });
});

scenarios("signals to ffiscope itself", (scenario) => {
  before(needsClient);

  for (const signal of ["SIGTERM", "SIGHUP", "SIGINT"] as const) {
    scenario(`${signal} is passed on, and the program decides`, async () => {
      const session = supervise(`stop handle:TERM exit:6 end say:ready await:signal exit:0`);
      await session.said("awaiting signal");
      session.process.kill(signal);
      const ended = await session.end();
      expect(ended.signal).to.equal(null);
      expect(ended.code).to.equal(signal === "SIGTERM" ? 6 : 1);
    });
  }

  scenario("a second one ends a program that does not listen", async () => {
    const session = supervise("stop handle:TERM end await:signal exit:0");
    await session.said("awaiting signal");
    session.process.kill("SIGTERM");
    await session.said("handled TERM");
    session.process.kill("SIGTERM");
    const ended = await session.end();
    expect(ended).to.include({ code: 1, signal: null });
  });
});
