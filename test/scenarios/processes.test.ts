import { expect } from "chai";
import { compileFixture } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { duringCall, expectExit } from "./support/expect.js";
import { otherScenarios } from "./support/scenario.js";
import { type Ended, Session } from "./support/session.js";

const FLAGS = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-O1", "-pthread"];

const program = (name: string) => compileFixture(`test/fixtures/scenarios/${name}.c`, FLAGS);

/** How a program's other threads make processes, and how many calls are made meanwhile. */
const MAKERS = {
  fork: 150,
  clone3: 100,
  "sharing-files": 100,
  "waiting-for-copy": 100,
  "clone-ptrace": 50,
  daemon: 100,
  spawn: 100,
  "spawn-of-nothing": 100,
  "sleeping-vfork": 50,
  "untraced-vfork": 30,
  "sharing-memory": 50,
  "new-namespace": 50,
  stopping: 150,
  threads: 100,
} as const;

/** The reference engine takes a ms for an instruction on a machine that is busy. */
const CALLS_BY_REFERENCE = 3;

otherScenarios("other threads make processes while calls are made", (scenario) => {
  before(function () {
    needsCompiler(this);
    program("descendants");
  });

  for (const [maker, calls] of Object.entries(MAKERS)) {
    for (const whose of [[], ["own"]]) {
      const guarding = whose.length > 0 ? "guards its pages itself" : "does not guard its pages";
      scenario(`${maker}, of a client that ${guarding}`, async () => {
        const session = new Session([program("descendants"), maker, `${calls}`, "two", ...whose]);
        const ended = await session.end();
        expect(ended.lines).to.deep.equal([]);
        expectExit(ended, 7);
      });
    }

    scenario(`${maker}, under the reference engine`, async () => {
      const command = [program("descendants"), maker, `${CALLS_BY_REFERENCE}`];
      const ended = await new Session(command, { options: ["--engine", "reference"] }).end();
      expect(ended.lines).to.deep.equal([]);
      expectExit(ended, 7);
    });
  }
});

/** A program of endings.c, to its end. */
function end(how: string, number = 0, engine = "auto"): Promise<Ended> {
  const command = [program("endings"), how, `${number}`];
  return new Session(command, { options: ["--engine", engine] }).end();
}

function needsEndings(this: Mocha.Context): void {
  needsCompiler(this);
  program("endings");
}

/** Microseconds until a thread ends the program. */
const DELAYS = [0, 1000, 3000, 9000, 30_000];

otherScenarios("the program ends, or becomes another, beside what its threads do", (scenario) => {
  before(needsEndings);

  for (const engine of ["auto", "reference"]) {
    for (const beside of ["exec", "exec-beside-fork"]) {
      scenario(`${beside}, by a thread that is not the first (${engine})`, async () => {
        for (const delay of DELAYS) {
          const { code, signal } = await end(beside, delay, engine);
          expect({ code, signal }).to.deep.equal({ code: 7, signal: null });
        }
      });
    }

    scenario(`an exit in a call while another thread forks (${engine})`, async () => {
      for (const delay of DELAYS) {
        const ended = await end("exit-beside-fork", delay, engine);
        expectExit(ended, 7, duringCall(program("endings"), "exited with code 7"));
      }
    });

    scenario(`a SIGKILL at the moment of a fork (${engine})`, async () => {
      for (const delay of DELAYS) {
        const { code, signal } = await end("killed", delay, engine);
        expect({ code, signal }).to.deep.equal({ code: 1, signal: null });
      }
    });

    for (const how of [
      "exec-beside-vfork",
      "exec-beside-shared",
      "exit-beside-vfork",
      "exit-beside-shared",
    ]) {
      scenario(`${how}: the child that shares the memory goes on (${engine})`, async () => {
        const ended = await end(how, 20_000, engine);
        expect(ended.lines).to.deep.equal(["went on"]);
        expect(ended.code).to.equal(7);
      });
    }
  }
});

/** A child that is none of the supervisor's lives this long, in ms: so long is not waited for it. */
const LIVES_MS = 20_000;

describe("a child that the client leaves to its own parent", () => {
  before(needsEndings);

  for (const how of ["clone-parent", "clone-parent-untraced"]) {
    it(`${how}: it is not waited for`, async () => {
      const from = performance.now();
      const session = new Session([program("endings"), how, `${LIVES_MS}`]);
      await session.exit;
      expect(performance.now() - from).to.be.below(LIVES_MS / 2);
      expect(session.process.exitCode).to.equal(7);
      session.killAll(); // it lives on as it would untraced
      await session.end();
    });
  }
});

/** What a person waits for, in ms, and what a machine that is busy takes for it. */
const ENDS_WITHIN_MS = 2000;
const BUSY_MS = 3000;

describe("SIGTERM ends the command", () => {
  before(needsEndings);

  for (const [how, state] of [
    ["beside-vfork", "while a thread waits for its vfork child"],
    ["stopped", "while the program is stopped by a SIGSTOP"],
    ["deaf", "of a program that ignores it, and forks"],
  ] as const) {
    it(state, async () => {
      const session = new Session([program("endings"), how]);
      await session.said("in call");
      const from = performance.now();
      session.process.kill("SIGTERM");
      await session.exit;
      expect(performance.now() - from).to.be.below(ENDS_WITHIN_MS + BUSY_MS);
      session.killAll(); // a vfork child lives on as it would untraced
      await session.end();
    });
  }
});
