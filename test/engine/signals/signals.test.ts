import { expect } from "chai";
import { touched, traceJson, upTo } from "../../cli/ffiscope.js";
import { compileFixture } from "../../support/fixtures.js";
import { needsCompiler } from "../../support/needs.js";

/** Each answers 0 when everything is as it made it itself: see signals.c. */
const CASES: [name: string, call: string, written: number][] = [
  ["everything blocked stays blocked, and handlers stay", "all_blocked", 8],
  ["an ignored SIGSEGV and SIGTRAP stay ignored", "both_ignored", 8],
  ["a handler that blocks everything may touch the heap", "handler_touches", 1],
  ["a library's own SIGSEGV handler gets its own faults", "own_fault_handler", 3],
  ["SIGUSR1 raised by native code is its own", "protocol_signals", 2],
  ["SIGSTOP raised by native code stops it until SIGCONT", "stop_self", 2],
];

describe("signals in a traced call", () => {
  let library: string;
  before(function () {
    needsCompiler(this);
    library = compileFixture("test/fixtures/native/signals.c", [
      ...["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"],
    ]);
  });

  for (const [name, call, written] of CASES) {
    it(name, async () => {
      const { report } = await traceJson(library, `int ${call}(char *heap)`, "out:16");
      expect(report).to.include({ outcome: "returned", result: 0 });
      expect(touched(report, "write", "heap")).to.deep.equal(upTo(written));
    });
  }

  it("alarms in the middle of accesses lose none and count none twice", async () => {
    const prototype = "int alarms(unsigned *counters, int rounds)";
    const { report } = await traceJson(library, prototype, "[0]", "300");
    expect(report).to.include({ outcome: "returned", result: 0 });
    const kinds = report.events.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "write")).to.have.length(300);
    expect(kinds.filter((kind) => kind === "read")).to.have.length(301);
  });
});
