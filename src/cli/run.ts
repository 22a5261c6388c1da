import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import { createSession, ProtocolViolation, sessionEnd } from "../machines/index.js";
import { FfiscopeError } from "../model/index.js";
import { CallLines } from "./call-lines.js";
import { commandLineErrors } from "./errors.js";
import type { Command } from "./options.js";
import { say } from "./output.js";

/** Not `process.stdin`: Node makes a pipe that it opens non-blocking, for the program as well. */
const STDIN = 0;

type RunCommand = Extract<Command, { command: "run" }>;

/** `ffiscope run`: supervises a program that speaks the protocol. Returns the exit code. */
export async function run({ program, args, options }: RunCommand): Promise<number> {
  const events = options.events === null ? null : openEvents(options.events);
  const lines = events === null ? null : new CallLines(events, options.maxEvents);
  const session = createSession({
    command: program,
    args,
    engine: options.engine,
    startTimeout: options.startTimeoutMs,
    maxEvents: events === null ? 0 : options.maxEvents,
    symbols: events !== null,
  });
  session.on("call", ({ record }) => lines?.add(record));
  const release = forwardSignals(
    () => session.getSnapshot().context.pid,
    () => session.send({ type: "session.kill" }),
  );
  const end = sessionEnd(session);
  session.start();
  try {
    const output = await end;
    await lines?.end();
    if (output.violation) say(new ProtocolViolation(output.violation).message);
    else if (output.failure) throw failureError(output.failure);
    else if (!output.ready)
      say(`'${program}' ended before its start-up SIGSTOP: nothing was traced`);
    else if (output.duringCall) say(endedDuringCall(program, output));
    return output.retcode & 0xff;
  } finally {
    release();
    if (events !== null) closeSync(events);
  }
}

function openEvents(path: string): number {
  try {
    return openSync(path, "w");
  } catch (cause) {
    throw commandLineErrors.outputFile("--events", path, cause);
  }
}

function endedDuringCall(program: string, end: { exitCode: number | null; signal: string | null }) {
  const how = end.signal ? `was killed by ${end.signal}` : `exited with code ${end.exitCode}`;
  return `'${program}' ${how} during a call; its accesses so far are kept`;
}

function failureError({
  code,
  message,
  remedy,
}: {
  code: string;
  message: string;
  remedy: string | null;
}) {
  return new FfiscopeError({ code, message, ...(remedy && { remedy }) });
}

/**
 * The program is what the signals are for. One from a terminal reaches it by itself, for it is in
 * our process group; SIGTERM and SIGHUP are passed on. A second signal ends it for good.
 */
function forwardSignals(pid: () => number | null, kill: () => void): () => void {
  let seen = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    seen++;
    const target = pid();
    if (seen > 1 || target === null) kill();
    else if (signal !== "SIGINT" || !isatty(STDIN)) process.kill(target, signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
