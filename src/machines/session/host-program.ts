import { fileURLToPath } from "node:url";
import type { SessionInput } from "./session-events.js";

/** The built-in host as the program of a session: it makes the calls of `session.call`. */
export const HOST_PROGRAM: Pick<SessionInput, "command" | "args"> = {
  command: process.execPath,
  args: [fileURLToPath(new URL("../../tracee/host.js", import.meta.url))],
};
