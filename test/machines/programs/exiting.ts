/**
 * Embeds a session and calls process.exit(7) in the middle of a traced call, or, with `early`, as
 * soon as a tracee exists that the session has not heard of.
 */
import { readdirSync, readFileSync, writeSync } from "node:fs";
import { createSession, HOST_PROGRAM } from "ffiscope/machines";
import { loopCall, pauseCall } from "../support/calls.js";

const [how] = process.argv.slice(2);
const session = createSession(HOST_PROGRAM);

function leave(): never {
  writeSync(1, `exit in ${session.getSnapshot().value.lifecycle}\n`);
  process.exit(7);
}

function hasChild(): boolean {
  return readdirSync("/proc/self/task").some(
    (tid) => readFileSync(`/proc/self/task/${tid}/children`, "utf8") !== "",
  );
}

session.on("host", () => session.send(how === "loop" ? loopCall() : pauseCall));
session.on("callStarted", () => leave());
session.start();
if (how === "early") {
  const look = () => (hasChild() ? leave() : setImmediate(look));
  look();
}
