import { join } from "node:path";
import { expect } from "chai";
import { scenarios } from "../scenarios/support/scenario.js";
import { compileFixture, ROOT } from "../support/fixtures.js";
import { needsCompiler } from "../support/needs.js";
import { type Ended, finish, supervise } from "./support/supervise.js";
import { frame } from "./support/wire.js";

const MANNERS = join(ROOT, "test/fixtures/clients/manners.mjs");

const NOT_SUPERVISED =
  "attach: NOT_SUPERVISED this process is not supervised by ffiscope: FFISCOPE_FD is not set. Start it with 'ffiscope run -- node app.mjs', or attach({ untracedOk: true }) to run it untraced";

function linesOf({ code, stdout, stderr }: Ended): string[] {
  expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
  return stdout.trimEnd().split("\n");
}

scenarios("the Node client's manners", (scenario) => {
  scenario("a variable that is left over stops nobody", async () => {
    for (const variable of ["", "3x", "-1", "17", "500", "99999999999"]) {
      const ended = await finish(process.execPath, [MANNERS, "attach"], { FFISCOPE_FD: variable });
      expect(linesOf(ended)).to.deep.equal([
        "supervised: false",
        `attach: LINE_REFUSED FFISCOPE_FD is '${variable}', which is no line to a supervisor. It is left over from another process: start this one with 'ffiscope run'`,
      ]);
    }
  });

  scenario("its process: a heap's size, a second attach, a worker, descendants", async () => {
    const lines = linesOf(await supervise([process.execPath, MANNERS, "process"]));
    const child = lines.pop();
    expect(child).to.match(/^attach: LINE_REFUSED /);
    expect(lines).to.deep.equal([
      "a heap too large: HEAP_SIZE the traced heap cannot have 1099511627776 bytes. Ask for 1 to 17179869184",
      "supervised: true",
      "attach: function",
      "tracees: 1",
      "supervised: true",
      "variable: undefined",
      "supervised: false", // in a worker
      "attach: LINE_TAKEN another thread of this process has attached to the supervisor. Attach in one thread of the process alone",
      "supervised: false", // in a child
      NOT_SUPERVISED,
      "supervised: false", // in a child that is given the variable
    ]);
  });

  scenario("without a supervisor everything works, untraced, where it may", async () => {
    const env = { FFISCOPE_FD: undefined as unknown as string };
    const lines = linesOf(await finish(process.execPath, [MANNERS, "untraced"], env));
    const [not] = NOT_SUPERVISED.split("attach: ").slice(1);
    expect(lines).to.deep.equal([
      "tracing: false",
      "the same: true",
      "strlen: 5, 0 events",
      "a promise: TRACED_PROMISE the traced function returned a promise: what it does later is not traced. Make the native calls in it synchronously, and await before and after",
      "an override: undefined",
      "free: undefined",
      `channel: ${not}`,
      `attach: ${not}`,
    ]);
  });

  scenario("a worker can be the one that attaches", async () => {
    const lines = linesOf(await supervise([process.execPath, MANNERS, "worker"]));
    expect(lines).to.deep.equal(["supervised: true", "attach: function"]);
  });
});

const HELLO = frame("81a548656c6c6f920190");
const CONFIRMATION = frame("90");

scenarios("the Node client under a supervisor that errs", (scenario) => {
  before(function () {
    needsCompiler(this);
  });

  const lost = "SUPERVISOR_LOST the line to the supervisor is closed";
  const unasked = (type: string) => `UNEXPECTED_ANSWER the supervisor sent ${type}, which nothing`;
  const cases: readonly [name: string, answers: readonly string[], code: string][] = [
    ["end of file in a call", [HELLO, CONFIRMATION, CONFIRMATION, "eof"], lost],
    [
      "an empty frame",
      [HELLO, CONFIRMATION, CONFIRMATION, frame("")],
      "FRAME_EMPTY an empty frame",
    ],
    ["a list cut short", [HELLO, CONFIRMATION, CONFIRMATION, frame("9191")], "TRUNCATED the frame"],
    ["MemEvents for a Confirmation", [HELLO, CONFIRMATION, frame("9190")], unasked("MemEvents")],
  ];
  for (const [name, answers, text] of cases) {
    scenario(`${name}: what waits for an answer rejects`, async () => {
      const supervisor = compileFixture("test/fixtures/clients/supervisor.c", ["-O2", "-Wall"]);
      const ended = await finish(supervisor, [...answers, "--", process.execPath, MANNERS, "call"]);
      expect(ended.code).to.equal(0);
      const [attached, events] = ended.stdout.split("\n");
      expect(attached).to.equal("attach: function");
      expect(events).to.match(new RegExp(`^events: ${text}`));
    });
  }
});
