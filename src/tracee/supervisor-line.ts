import { fstatSync } from "node:fs";
import { FfiscopeError } from "../model/index.js";
import { peekNow, setCloseOnExec } from "../native/files.js";
import { environmentVariable, removeEnvironmentVariable } from "../native/launch/environment.js";

/** The number of the descriptor, in the environment. */
const VARIABLE = "FFISCOPE_FD";

let taken = false;

/** This process runs under `ffiscope run`, or another supervisor that speaks the protocol. */
export function isSupervised(): boolean {
  return taken || typeof findLine() === "number";
}

/**
 * The descriptor of the line to the supervisor, from now on this process's alone: programs that it
 * starts neither hold the line open nor take themselves for supervised.
 *
 * It is looked at first, for the variable may be left over from another process, and SIGSTOP without
 * a supervisor stops for good. Throws FfiscopeError NOT_SUPERVISED, LINE_REFUSED or LINE_TAKEN.
 */
export function takeLine(): number {
  const fd = findLine();
  if (fd instanceof FfiscopeError) throw fd;
  setCloseOnExec(fd);
  removeEnvironmentVariable(VARIABLE);
  taken = true;
  return fd;
}

export function notSupervised(why = `${VARIABLE} is not set`): FfiscopeError {
  return new FfiscopeError({
    code: "NOT_SUPERVISED",
    message: `this process is not supervised by ffiscope: ${why}`,
    remedy:
      "Start it with 'ffiscope run -- node app.mjs', or attach({ untracedOk: true }) to run it untraced",
  });
}

function findLine(): number | FfiscopeError {
  const text = process.env[VARIABLE];
  if (text === undefined) {
    return notSupervised();
  }
  // A worker's own environment still has what another thread has taken.
  if (environmentVariable(VARIABLE) === null) {
    return new FfiscopeError({
      code: "LINE_TAKEN",
      message: "another thread of this process has attached to the supervisor",
      remedy: "Attach in one thread of the process alone",
    });
  }
  const fd = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (!isSocket(fd)) {
    return new FfiscopeError({
      code: "LINE_REFUSED",
      message: `${VARIABLE} is '${text}', which is no line to a supervisor`,
      remedy: "It is left over from another process: start this one with 'ffiscope run'",
    });
  }
  if (peekNow(fd, Buffer.alloc(1)) === 0) return notSupervised("the supervisor has ended");
  return fd;
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false; // it is not open, or no number of a descriptor
  }
}
