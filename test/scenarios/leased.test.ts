import { expect } from "chai";
import { type CallRecord, createSession, sessionEnd } from "ffiscope/machines";
import type { InspectionEvent } from "xstate";
import { expectNothingLeft } from "../support/processes.js";
import { client, needsClient } from "./support/client.js";
import { expectExit } from "./support/expect.js";
import { run } from "./support/session.js";

/** Enough for many leases, on a busy machine too. */
const CALLS = 400;
/** Behind which one is held, mostly. */
const CLOSE = "warm:40";
const SILENT = "start: confirm stop usr1 events";

describe("calls that follow each other closely", () => {
  before(needsClient);

  it("are served under a lease of the line, and are the session's calls like all others", async () => {
    let delivered = 0;
    const count = (inspected: InspectionEvent) => {
      if (inspected.type !== "@xstate.event") return;
      const { event } = inspected;
      if (event.type === "tracee.callEnded" && event.delivered) delivered++;
    };
    const args = ["stop", `warm:${CALLS}`, "exit:3"];
    const session = createSession({ command: client(), args, symbols: false }, count);
    const records: CallRecord[] = [];
    session.on("call", ({ record }) => records.push(record));
    const end = sessionEnd(session);
    session.start();

    expect(await end).to.deep.include({ retcode: 3, violation: null, failure: null });
    expect(records.map(({ call }) => call)).to.deep.equal(
      Array.from({ length: CALLS }, (_, i) => i + 1),
    );
    expect(new Set(records.map(({ outcome }) => outcome))).to.deep.equal(new Set(["returned"]));
    expect(delivered).to.be.above(0);
    await expectNothingLeft();
  });

  it("may be far apart again", async () => {
    const apart = Array(3).fill(`${CLOSE} sleep:5 ${SILENT}`).join(" ");
    expectExit(await run(`stop ${apart} exit:4`), 4);
  });

  it("may be long, and full of accesses", async () => {
    const call = "start:A confirm stop many:A:400 usr1 count-events";
    const ended = await run(`stop map:A:1 ${CLOSE} ${call} ${CLOSE} ${call} ${CLOSE} exit:0`);
    expectExit(ended, 0);
    const received = ended.lines.filter((line) => line.startsWith("received "));
    expect(received).to.deep.equal(Array(2).fill("received 3200 events"));
  });
});
