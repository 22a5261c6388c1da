import { setTimeout as delay } from "node:timers/promises";
import { expect } from "chai";
import { needsClient } from "./support/client.js";
import { scenarios } from "./support/scenario.js";
import { type Session, supervise } from "./support/session.js";

/** Kills ffiscope, and waits until nothing is left of the session. */
async function kill(session: Session): Promise<void> {
  session.process.kill("SIGKILL");
  expect((await session.end()).signal).to.equal("SIGKILL");
}

/** Where a session is when its client says `awaiting here`, or does what does not end. */
const PLACES: readonly [name: string, script: string][] = [
  ["before the start-up SIGSTOP", "await:here"],
  ["while idle", "stop await:here"],
  ["with a call armed", "stop map:A:1 start:A confirm await:here"],
  ["in a call", "stop map:A:1 start:A confirm stop r4:A await:here"],
  ["while it computes in a call", "stop map:A:1 start:A confirm stop r4:A say:awaiting spin"],
  [
    "while it makes accesses",
    "stop map:A:1 start:A confirm stop say:awaiting loop:1000000 r1:A end",
  ],
  [
    "while threads make accesses",
    "stop map:A:1 start:A confirm stop tick-busily:A+8 tick-asleep:A+16 say:awaiting loop:1000000 r1:A end",
  ],
  [
    "with MemEvents under way",
    "stop map:A:1 start:A confirm stop many:A:2000 usr1 readable await:here",
  ],
  ["after a call", "stop map:A:1 start:A confirm stop r4:A usr1 events await:here"],
  ["with pages that the client closed", "stop map:A:1 start:A confirm stop protect:A await:here"],
  ["after the end of file", "stop close await:here"],
  ["after its main thread has ended", "stop background await:here end end-thread"],
  ["while it ignores what it can", "ignore:TERM ignore:TRAP ignore:USR1 stop await:here"],
  [
    "in many calls",
    "stop map:A:1 say:awaiting loop:100000 start:A confirm stop r4:A usr1 count-events end",
  ],
  ["while it executes programs", "stop say:awaiting loop:10000 system:true end"],
];

scenarios("killing ffiscope with SIGKILL leaves no process behind", (scenario) => {
  before(needsClient);

  for (const [name, script] of PLACES) {
    scenario(name, async () => {
      const session = supervise(script);
      await session.said(/^awaiting/);
      await kill(session);
    });
  }

  // Nothing tells from outside how far its start is: it takes some 300 ms.
  for (let first = 0; first < 480; first += 120) {
    scenario(`${first} to ${first + 119} ms after its start`, async () => {
      const script = "stop map:A:1 loop:100000 start:A confirm stop r4:A usr1 count-events end";
      for (let after = first; after < first + 120; after += 40) {
        const session = supervise(script);
        await delay(after);
        await kill(session);
      }
    });
  }
});
