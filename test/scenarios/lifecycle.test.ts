import { expect } from "chai";
import { needsClient } from "./support/client.js";
import { calls, withEvents } from "./support/events-file.js";
import { announced, expectAnnounced, expectExit, received } from "./support/expect.js";
import { needsAvx } from "./support/processor.js";
import { scenarios } from "./support/scenario.js";
import { run } from "./support/session.js";

const ALL_SIZES = "r1:A r2:A+3 r4:A+6 r8:A+20 r16:A+40 w1:A+60=1 w2:A+63=2 w4:A+66=3 w8:A+80=4";

scenarios("the lifecycle of a traced call", (scenario) => {
  before(needsClient);

  scenario("a client that makes no call ends with its own exit code", async () => {
    expectExit(await run("stop exit:7"), 7);
  });

  scenario("one call: every access, exactly, in order", async () => {
    const ended = await run(
      `stop map:A:1 start:A confirm stop ${ALL_SIZES} w16:A+96=5 usr1 events`,
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(received(ended)).to.have.lengthOf(10);
  });

  scenario("a read-modify-write is a read and a write; a rep movsb is one of each", async () => {
    const steps = "increment:A+4 copy:A:B+1:300 copy:A+4000:A.1+4:90 increment:B+1";
    const ended = await run(`stop map:A:2 map:B:1 start:A,B confirm stop ${steps} usr1 events`);
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(received(ended)).to.have.lengthOf(8);
  });

  scenario("an access across two pages is one event, at its effective address", async () => {
    const steps = "r8:A+4090 w16:A+4095=1 w2:A+4095=7 r4:A+8189";
    const ended = await run(`stop map:A:3 start:A confirm stop ${steps} usr1 events`);
    expectExit(ended, 0);
    expectAnnounced(ended);
  });

  scenario("an access that reaches from a page that was named into one that was not", async () => {
    const steps = "r8:A.1+4092 r8:A+4092";
    const ended = await run(`stop map:A:3 start:A.1 confirm stop ${steps} usr1 events`);
    expectExit(ended, 0);
    expectAnnounced(ended);
  });

  scenario("a page that was not named is not looked at", async () => {
    const script = "stop map:A:2 map:B:1 start:A.1 confirm stop r4:A w4:B=1 r4:A.1+8 usr1 events";
    const ended = await run(script);
    expectExit(ended, 0);
    expect(received(ended)).to.deep.equal(announced(ended).slice(2));
  });

  scenario("after the call the true contents are there", async () => {
    const steps = "w4:A+8=0x01020304 increment:A+8 copy:A+8:A.1+16:4 w8:A+4092=0x1122334455667788";
    const after = "peek:A+8:4 peek:A.1+16:4 peek:A+4092:8";
    const ended = await run(`stop map:A:2 start:A confirm stop ${steps} usr1 ${after} events`);
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(ended.lines).to.include.members([
      "bytes A+8 05030201",
      "bytes A.1+16 05030201",
      "bytes A+4092 8877665544332211",
    ]);
  });

  scenario("no page at all: a call without events", async () => {
    const ended = await run("stop map:A:1 start: confirm stop r4:A usr1 events exit:2");
    expectExit(ended, 2);
    expect(ended.lines).to.include("received 0 events");
  });

  scenario("a call that touches nothing has no events", async () => {
    const ended = await run("stop map:A:4 start:A confirm stop usr1 events");
    expectExit(ended, 0);
    expect(ended.lines).to.include("received 0 events");
  });

  scenario("a hundred calls, each with its own events", async () => {
    const call = "start:A confirm stop w4:A+4=1 r1:A.1+9 increment:A usr1 events";
    const ended = await run(`stop map:A:2 loop:100 ${call} end peek:A:1 exit:5`);
    expectExit(ended, 5);
    expectAnnounced(ended);
    expect(ended.lines.filter((line) => line === "received 4 events")).to.have.lengthOf(100);
    expect(ended.lines.at(-1)).to.equal("bytes A a5"); // 0x41 + 100
  });

  scenario("pages in any order and more than once", async () => {
    const pages = "A.2,B.0,A.0,A.2,A.1,B.0,A";
    const steps = "r4:A.2 w4:A=1 r4:B r8:A+4092";
    const ended = await run(
      `stop map:A:3 map:B:1 start:${pages} confirm stop ${steps} usr1 events peek:A:4`,
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(ended.lines).to.include("bytes A 01000000");
  });

  scenario("pages of several mappings and protections", async () => {
    const maps = "map:A:2 map:R:1:r map:X:1:rx map:N:2:none map:S:2:shared-rw map:W:1:rwx";
    const steps = "w4:A=1 r8:R+8 r2:X+6 w4:N.1=9 r4:N.1 w8:S.1+4=3 r16:W w1:W+5=1 copy:R:N:16";
    const ended = await run(
      `stop ${maps} start:A,R,X,N,S,W confirm stop ${steps} usr1 events unprotect:N peek:N:4 peek:N.1:4 peek:S.1+4:2`,
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
    const content = (seed: string, length: number) =>
      Array.from({ length }, (_, i) => (i * 7 + seed.charCodeAt(0)).toString(16)).join("");
    expect(ended.lines.slice(-3)).to.deep.equal([
      `bytes N ${content("R", 4)}`,
      "bytes N.1 09000000",
      "bytes S.1+4 0300",
    ]);
  });

  scenario("protections are back after the call", async () => {
    const script =
      "stop map:R:1:r map:N:1:none map:A:1 start:R,N,A confirm stop r1:R usr1 events " +
      "handle:SEGV jump end try poke:R=1 end try peek:N:1 end poke:A=1 peek:A:1";
    const ended = await run(script);
    expectExit(ended, 0);
    expect(ended.lines.filter((line) => line === "jumped")).to.have.lengthOf(2);
    expect(ended.lines.at(-1)).to.equal("bytes A 01");
  });

  scenario("a write to a page that is read-only faults as it would untraced", async () => {
    const script =
      "stop map:R:1:r start:R confirm stop handle:SEGV jump end try w4:R+4=1 end r4:R+4 usr1 events";
    const ended = await run(script);
    expectExit(ended, 0);
    const [write, read] = announced(ended);
    expect(ended.lines).to.include.members([`handled SEGV at ${write!.split(" ")[1]}`, "jumped"]);
    expect(received(ended)).to.deep.equal([read]);
  });

  scenario("a scratch area is taken as it comes", async () => {
    const call = "start:A/S confirm stop r4:A usr1 events";
    const ended = await run(
      `stop map:A:1 map:S:1 ${call} start:A/0x10 confirm stop r4:A usr1 events`,
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
  });

  scenario("sixteen thousand events arrive whole", async () => {
    const ended = await run("stop map:A:1 start:A confirm stop many:A:2000 usr1 events");
    expectExit(ended, 0);
    const base = /0x[0-9a-f]+/.exec(ended.stdout)![0];
    const once = Array.from({ length: 8 }, (_, i) => `read ${hex(base, 32 * i)} 4 certain`);
    const [events, of] = [received(ended), 16_000];
    expect(events).to.have.lengthOf(of);
    expect(events.slice(0, 8)).to.deep.equal(once);
    expect(events.slice(of - 8)).to.deep.equal(once);
    expect(ended.lines.at(-1)).to.equal(`received ${of} events`);
  });
});

scenarios("accesses of 32 bytes", (scenario) => {
  before(function () {
    needsAvx(this);
  });
  before(needsClient);

  scenario("are told as one access", async () => {
    const steps = "r32:A+4080 w32:A+8=7";
    const ended = await run(`stop map:A:2 start:A confirm stop ${steps} usr1 events peek:A+8:9`);
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(ended.lines.at(-1)).to.equal("bytes A+8 070000000000000007");
  });
});

scenarios("a client that guards its pages itself, as Miri does", (scenario) => {
  before(needsClient);

  scenario("its accesses are told, and its contents are true once it has opened them", async () => {
    const ended = await run(
      `stop map:A:2 start:A confirm stop protect:A ${ALL_SIZES} r8:A+4092 unprotect:A usr1 events peek:A+60:1`,
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(received(ended)).to.have.lengthOf(10);
    expect(ended.lines.at(-1)).to.equal("bytes A+60 01");
  });

  scenario("what it does after it has opened them is its own", async () => {
    const ended = await run(
      "stop map:A:2 start:A confirm stop protect:A r4:A+8 unprotect:A poke:A=9 peek:A:1 usr1 events",
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(ended.lines).to.include("bytes A 09");
  });

  scenario("many calls, each guarded anew", async () => {
    const call = "start:A confirm stop protect:A increment:A+12 unprotect:A usr1 events";
    const ended = await run(`stop map:A:3 loop:20 ${call} end`);
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(received(ended)).to.have.lengthOf(40);
  });

  scenario("pages that it had closed before StartFfi", async () => {
    const ended = await run(
      "stop map:A:2 protect:A start:A confirm stop w4:A+4=5 r4:A+4 unprotect:A usr1 events peek:A+4:4",
    );
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(ended.lines.at(-1)).to.equal("bytes A+4 05000000");
  });

  scenario("pages opened and closed again within a call", async () => {
    const steps = "protect:A r1:A unprotect:A poke:A=1 protect:A w2:A+8=1 unprotect:A";
    const ended = await run(`stop map:A:1 start:A confirm stop ${steps} usr1 events peek:A:1`);
    expectExit(ended, 0);
    expectAnnounced(ended);
    expect(received(ended)).to.have.lengthOf(2);
  });

  scenario(
    "its own SIGUSR1 while they are closed reaches its handler, and ends nothing",
    async () => {
      const ended = await run(
        "stop map:A:2 handle:USR1 end start:A confirm stop protect:A r1:A usr1 w1:A=3 unprotect:A.1 usr1 unprotect:A usr1 events",
      );
      expectExit(ended, 0);
      expectAnnounced(ended);
      expect(ended.lines.filter((line) => line === "handled USR1")).to.have.lengthOf(2);
    },
  );
});

function hex(base: string, offset: number): string {
  return `0x${(Number(base) + offset).toString(16)}`;
}

scenarios("--events", (scenario) => {
  before(needsClient);

  scenario("one line a call, each access with instruction, thread and symbol", async () => {
    await withEvents(async (file) => {
      const ended = await run(
        "stop pid map:A:1 start:A confirm stop r4:A+4 usr1 events start: confirm stop usr1 events start:A confirm stop increment:A usr1 events exit:3",
        { options: ["--events", file] },
      );
      expectExit(ended, 3);
      const told = calls(file);
      expect(
        told.map(({ call, truncated, events }) => [call, truncated, events.length]),
      ).to.deep.equal([
        [1, false, 1],
        [2, false, 0],
        [3, false, 2],
      ]);
      const pid = Number(/^pid (\d+)$/m.exec(ended.stdout)![1]);
      const events = told.flatMap((call) => call.events);
      expect(
        events.map(({ kind, address, size, certain }) => {
          return `${kind} ${address} ${size} ${certain ? "certain" : "uncertain"}`;
        }),
      ).to.deep.equal(announced(ended));
      for (const event of events) {
        expect(event).to.include({ thread: pid, origin: "user" });
        expect(event).to.not.have.any.keys("buffer", "offset");
        expect(event.ip).to.match(/^0x[0-9a-f]+$/);
        expect(event.symbol).to.match(/^client!\w+\+0x[0-9a-f]+$/);
      }
      const [read, write] = told[2]!.events;
      expect(read!.ip).to.equal(write!.ip);
    });
  });

  scenario("a session without a call leaves an empty file", async () => {
    await withEvents(async (file) => {
      expectExit(await run("stop exit:4", { options: ["--events", file] }), 4);
      expect(calls(file)).to.deep.equal([]);
    });
  });

  scenario("a file that cannot be written is a wrong command line", async () => {
    const ended = await run("stop exit:4", { options: ["--events", "/nowhere/events"] });
    expect(ended).to.include({ code: 2, stdout: "" });
    expect(ended.stderr).to.match(/^ffiscope: --events '\/nowhere\/events' cannot be written.*\n$/);
  });
});
