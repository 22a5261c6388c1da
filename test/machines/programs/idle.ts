/** Embeds a session that is idle, and says so. */
import { writeSync } from "node:fs";
import { createSession, HOST_PROGRAM } from "ffiscope/machines";

const session = createSession(HOST_PROGRAM);
session.on("host", () => writeSync(1, "idle\n"));
session.start();
