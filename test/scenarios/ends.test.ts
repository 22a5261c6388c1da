import { expect } from "chai";
import { client, needsClient } from "./support/client.js";
import { calls, withEvents } from "./support/events-file.js";
import { announced, duringCall, expectExit, expectViolation } from "./support/expect.js";
import { scenarios } from "./support/scenario.js";
import { run, supervise } from "./support/session.js";

/** How a client comes to each state. */
const TO = {
  initialStop: "",
  idle: "stop",
  armed: "stop start: confirm",
  tracing: "stop map:A:1 start:A confirm stop w4:A=1 r8:A+16",
  /** Its MemEvents are more than the channel's buffers hold. */
  delivering: "stop map:A:1 start:A confirm stop many:A:2000 usr1 readable",
} as const;

type State = keyof typeof TO;

const STATES = Object.keys(TO) as State[];

/** What is said when the child ends in a state by itself. */
function toldOf(state: State, how: string): string {
  if (state === "armed" || state === "tracing") return duringCall(client(), how);
  if (state !== "initialStop") return "";
  return `ffiscope: '${client()}' ended before its start-up SIGSTOP: nothing was traced\n`;
}

scenarios("the child exits", (scenario) => {
  before(needsClient);

  for (const state of STATES) {
    scenario(`in state ${state}`, async () => {
      expectExit(await run(`${TO[state]} exit:0`), 0, toldOf(state, "exited with code 0"));
    });

    scenario(`in state ${state}, with another code, by another thread`, async () => {
      const ended = await run(`${TO[state]} thread _exit:9 end`);
      expectExit(ended, 9, toldOf(state, "exited with code 9"));
    });
  }

  scenario("right after StartFfi, without taking the Confirmation", async () => {
    for (let i = 0; i < 2; i++) {
      const ended = await run(`stop start: _exit:${i}`);
      expectExit(ended, i, toldOf("armed", `exited with code ${i}`));
    }
  });

  scenario("right after SIGUSR1, without taking its MemEvents: the call is over", async () => {
    await withEvents(async (file) => {
      for (let i = 0; i < 2; i++) {
        const options = ["--events", file];
        const ended = await run("stop map:A:1 start:A confirm stop r4:A usr1 _exit:4", { options });
        expectExit(ended, 4);
        expect(calls(file).map(({ call, events }) => [call, events.length])).to.deep.equal([
          [1, 1],
        ]);
      }
    });
  });

  scenario("in a call: what it had accessed so far is kept", async () => {
    await withEvents(async (file) => {
      const script = `${TO.tracing} usr1 events start:A confirm stop r4:A+8 w2:A+4=1 exit:3`;
      const ended = await run(script, { options: ["--events", file] });
      expectExit(ended, 3, toldOf("tracing", "exited with code 3"));
      const told = calls(file);
      expect(told.map(({ call, truncated }) => [call, truncated])).to.deep.equal([
        [1, false],
        [2, false],
      ]);
      const events = told.flatMap((call) => call.events);
      expect(
        events.map(({ kind, address, size }) => `${kind} ${address} ${size} certain`),
      ).to.deep.equal(announced(ended));
    });
  });

  scenario("while its MemEvents are delivered: the call is told of once", async () => {
    await withEvents(async (file) => {
      const ended = await run(`${TO.delivering} exit:3`, { options: ["--events", file] });
      expectExit(ended, 3);
      expect(calls(file).map(({ call, events }) => [call, events.length])).to.deep.equal([
        [1, 16_000],
      ]);
    });
  });

  scenario("after its main thread has ended", async () => {
    expectExit(await run("stop background say:here exit:6 end end-thread"), 6);
  });
});

scenarios("the child dies by a signal", (scenario) => {
  before(needsClient);

  for (const state of STATES) {
    scenario(`in state ${state}, by a fault of its own`, async () => {
      const ended = await run(`${TO[state]} w4:0x10=1 exit:0`);
      expectExit(ended, 1, toldOf(state, "was killed by SIGSEGV"));
      expect(ended.stderr).to.match(
        /at address 0x10 in .+!\w+\+0x\w+ \(a null pointer was .+, 16 bytes in\)/,
      );
    });

    scenario(`in state ${state}, by a SIGKILL from outside`, async () => {
      const session = supervise(`pid ${TO[state]} await:death exit:0`);
      const pid = await session.number(/^pid/);
      await session.said("awaiting death");
      process.kill(pid, "SIGKILL");
      expectExit(await session.end(), 1, toldOf(state, "was killed by SIGKILL"));
    });
  }
});

scenarios("the end of file", (scenario) => {
  before(needsClient);

  for (const state of ["initialStop", "idle", "delivering"] as const) {
    scenario(`in state ${state}: the child is waited for, and its exit code counts`, async () => {
      const session = supervise(`${TO[state]} close await:exit exit:5`);
      await session.said("awaiting exit");
      session.tell();
      expectExit(await session.end(), 5, toldOf(state, "exited with code 5"));
    });

    scenario(`in state ${state}, right before the exit`, async () => {
      expectExit(await run(`${TO[state]} close exit:5`), 5, toldOf(state, "exited with code 5"));
    });

    scenario(`in state ${state}, after an override`, async () => {
      if (state === "initialStop") return; // it may not be sent yet
      expectExit(await run(`stop override:8 confirm ${TO[state].slice(4)} close exit:5`), 8);
    });
  }

  scenario("before the start-up SIGSTOP that still comes", async () => {
    expectExit(await run("close stop exit:5"), 5);
  });

  scenario("in state idle, with a Confirmation that was not taken", async () => {
    expectExit(await run("stop override:4 readable close exit:5"), 4);
  });

  for (const state of ["armed", "tracing"] as const) {
    scenario(`in state ${state} is a violation, while the child lives on`, async () => {
      expectViolation(await run(`${TO[state]} close pause`), state, "end of file");
    });

    scenario(`in state ${state} is a violation, also when the child then exits 0`, async () => {
      for (let i = 0; i < 2; i++) {
        expectViolation(await run(`${TO[state]} close _exit:0`), state, "end of file");
      }
    });

    scenario(`in state ${state} is a violation, whatever the override was`, async () => {
      const script = `stop override:0 confirm ${TO[state].slice(4)} close exit:0`;
      expectViolation(await run(script), state, "end of file");
    });

    scenario(`in state ${state} is a violation, also when the child then dies`, async () => {
      expectViolation(await run(`${TO[state]} close abort`), state, "end of file");
    });
  }

  scenario("in state armed, with a Confirmation that was not taken, is a violation", async () => {
    expectViolation(await run("stop start: readable close pause"), "armed", "end of file");
    expectViolation(await run("stop start: readable close _exit:0"), "armed", "end of file");
  });

  scenario("in state tracing is a violation, also when the call then ends", async () => {
    for (let i = 0; i < 2; i++) {
      expectViolation(await run(`${TO.tracing} close usr1 _exit:0`), "tracing", "end of file");
    }
  });

  scenario("in state tracing, with a Confirmation that was not taken, is a violation", async () => {
    const script = `${TO.tracing} override:0 readable close pause`;
    expectViolation(await run(script), "tracing", "end of file");
  });

  for (const state of ["initialStop", "idle", "armed", "tracing"] as const) {
    /** The first half of a frame of ten bytes, or of its header. */
    const half = ["initialStop", "armed"].includes(state) ? "bytes:0a00000081a5" : "bytes:0a00";
    const came = "end of file inside a frame";

    scenario(
      `inside a frame in state ${state} is a violation, while the child lives on`,
      async () => {
        expectViolation(await run(`${TO[state]} ${half} close pause`), state, came);
      },
    );

    scenario(
      `inside a frame in state ${state} is one also when the child then exits 0`,
      async () => {
        expectViolation(await run(`${TO[state]} ${half} close _exit:0`), state, came);
      },
    );

    scenario(
      `inside a frame in state ${state} is one whatever comes with it: an exit`,
      async () => {
        expectViolation(await run(`${TO[state]} ${half} exit:0`), state, came);
      },
    );
  }

  scenario("while a process that the child started still holds the channel", async () => {
    const session = supervise("stop fork fork await:end end end exit:5");
    await session.said("awaiting end");
    session.tell();
    expectExit(await session.end(), 5);
  });
});
