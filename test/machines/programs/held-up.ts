/**
 * Supervises the command that its words are. Prints how long the event loop was held at most, in ms of
 * this thread's processor time, and by the clock, and how the session ended, and exits. On a machine
 * that is busy the clock tells of others.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createSession, sessionEnd } from "ffiscope/machines";
import { threadTime } from "../../support/thread-time.js";

const [command, ...args] = process.argv.slice(2);
const session = createSession({ command: command!, args });
const delay = monitorEventLoopDelay({ resolution: 1 });
let [longest, before] = [0, 0];
const timer = setInterval(() => {
  const now = threadTime();
  longest = Math.max(longest, now - before);
  before = now;
}, 1);
await nextTurn();
delay.enable();
const ready = new Promise((resolve) => session.on("ready", resolve));
session.start();
await Promise.race([ready, sessionEnd(session)]);
delay.reset(); // what comes before is ours: workers start
longest = 0;
const { retcode, violation, failure } = await sessionEnd(session);
await new Promise((resolve) => setTimeout(resolve, 2));
delay.disable();
clearInterval(timer);
const ended = violation ? `${violation.came}` : (failure?.message ?? `code ${retcode}`);
const clock = Math.round(delay.max / 1e6);
console.log(`held ${Math.round(longest)} ms at most, ${clock} by the clock: ${ended}`);
