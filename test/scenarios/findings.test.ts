import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";
import { withEvents } from "./support/events-file.js";
import { otherScenarios } from "./support/scenario.js";
import { Session } from "./support/session.js";

const APP = join(ROOT, "test/fixtures/scenarios/judged.mjs");

const PAST = {
  ...{ kind: "out-of-bounds-write", buffer: "target", offset: 16, size: 4 },
  function: "libc.so.6!memset",
  message: "writes 4 bytes past the end of target (offset 16, size 16)",
};
const BEFORE = {
  ...{ kind: "out-of-bounds-write", buffer: "target", offset: -3, size: 3 },
  function: "libc.so.6!memset",
  message: "writes 3 bytes before the start of target (offset -3, size 16)",
};

otherScenarios("calls of our own client are judged by its allocations", (scenario) => {
  scenario("in the tracee, on standard error and in --events", async () => {
    await withEvents(async (file) => {
      const ended = await new Session(["node", APP], { options: ["--events", file] }).end();
      expect(ended.lines.map((line) => JSON.parse(line))).to.deep.equal([
        ...[[], [PAST], [BEFORE], []],
        [["alloc#3", 16]],
        [["alloc#10003", 8]],
      ]);
      expect(ended.code).to.equal(0);
      const said = ended.stderr.split("\n");
      expect(said[0]).to.match(
        /^ffiscope: call 2: out-of-bounds-write: writes 4 bytes past the end of target \(offset 16, size 16\) at libc\.so\.6!memset\+0x/,
      );
      expect(said).to.have.lengthOf(5);
      const calls = readFileSync(file, "utf8").trim().split("\n");
      const [first, second] = calls.map((line) => JSON.parse(line));
      expect(first).to.have.all.keys("call", "events", "truncated", "findings");
      expect(first.events[0]).to.include({ buffer: "alloc#1", offset: 0 });
      expect(second.events[0]).to.include({ buffer: "target", offset: 0 });
      const { kind, buffer, offset, size, message } = PAST;
      expect(second.findings[0]).to.deep.include({ kind, buffer, offset, size, message });
    });
  });
});
