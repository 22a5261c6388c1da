/**
 * Supervises the program that is named, as an app that embeds a session does, and prints for each
 * override that listeners hear the value that the machine has then; at last the one that it ends with.
 */
import { writeSync } from "node:fs";
import { createSession, sessionEnd } from "ffiscope/machines";

const [command, ...args] = process.argv.slice(2) as [string, ...string[]];
const session = createSession({ command, args, stdoutToStderr: true });
const said = (what: string) => {
  const { lifecycle, retcode } = session.getSnapshot().value;
  writeSync(1, `${what} in ${lifecycle}: ${retcode}\n`);
};
session.on("override", ({ code }) => said(`override ${code}`));
const end = sessionEnd(session);
session.start();
const { retcode } = await end;
said(`returned ${retcode}`);
