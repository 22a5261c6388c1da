/**
 * Embeds a session and blocks for good as soon as it is in the state that is named, so that whoever
 * started this can see what becomes of the tracee. It says where it is on standard output.
 */
import { readdirSync, readFileSync, writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createSession, HOST_PROGRAM } from "ffiscope/machines";
import { pauseCall, traceCrc32 } from "../support/calls.js";

const [state] = process.argv.slice(2) as [string];

/** Nothing of this thread runs any more; the tracer's goes on until it waits for the session. */
function hold(): never {
  writeSync(1, `held ${state}\n`);
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function hasChild(): boolean {
  return readdirSync("/proc/self/task").some(
    (tid) => readFileSync(`/proc/self/task/${tid}/children`, "utf8") !== "",
  );
}

const closing = fileURLToPath(new URL("closing-client.js", import.meta.url));
const program = state === "severed" ? { command: process.execPath, args: [closing] } : HOST_PROGRAM;
const session = createSession(program);
session.subscribe(({ value }) => {
  if (value.lifecycle === state) hold();
});
if (state === "stopping") {
  session.on("host", () => session.send(pauseCall));
  session.on("callStarted", () => session.send({ type: "session.kill" }));
} else {
  traceCrc32(session);
}
if (state === "a tracee that is not told of") {
  // The tracer has started it, and the session has not heard.
  const look = () => (hasChild() ? hold() : setImmediate(look));
  look();
}
session.start();
