import { expect } from "chai";
import { needsClient } from "./support/client.js";
import { expectExit } from "./support/expect.js";
import { scenarios } from "./support/scenario.js";
import { run } from "./support/session.js";

/** Behind which the tracer holds a lease, mostly, and shares its processor. */
const CLOSE = "warm:40";
const ASKED = "stop processors usr1 count-events";
const IN_THREAD = "thread processors end";

scenarios("a thread that takes turns with its tracer may run where it could", (scenario) => {
  before(needsClient);

  const expectAll = async (script: string, ...options: string[]) => {
    const ended = await run(`stop processors ${script} exit:0`, { options });
    expectExit(ended, 0);
    const told = ended.lines.filter((line) => line.startsWith("processors "));
    expect(told).to.have.length(script.split("processors").length);
    expect(new Set(told).size).to.equal(1);
  };

  scenario("in a call that follows others closely", () =>
    expectAll(`map:A:1 ${CLOSE} start: confirm ${ASKED} ${CLOSE} start:A confirm ${ASKED}`),
  );

  scenario("in a call of many stops", () =>
    expectAll(
      `map:A:1 start:A confirm stop many:A:40 processors many:A:40 processors usr1 count-events`,
      "--engine",
      "reference",
    ),
  );

  scenario("and so may its threads and children", () =>
    expectAll(
      `map:A:1 ${CLOSE} ${IN_THREAD} ${CLOSE} fork processors end ` +
        `${CLOSE} start:A confirm stop many:A:40 ${IN_THREAD} usr1 count-events`,
    ),
  );
});
