import { closeSync, openSync } from "node:fs";
import { isatty } from "node:tty";
import type { Inspector } from "../inspector/index.js";
import { createSession, ProtocolViolation, sessionEnd } from "../machines/index.js";
import { FfiscopeError } from "../model/index.js";
import { CallLines } from "./call-lines.js";
import { endLater } from "./end-by-signal.js";
import { commandLineErrors } from "./errors.js";
import { keepPage, openPage } from "./inspect.js";
import type { Command } from "./options.js";
import { say } from "./output.js";
import { sayEnd, sayFindings } from "./run-end.js";

/** Not `process.stdin`: Node makes a pipe that it opens non-blocking, for the program as well. */
const STDIN = 0;

type RunCommand = Extract<Command, { command: "run" }>;

/** `ffiscope run`: supervises a program that speaks the protocol. Returns the exit code. */
export async function run(command: RunCommand): Promise<number> {
  const { inspect } = command.options;
  const inspector = await openPage(inspect);
  try {
    const { code, cancelled } = await supervise(command, inspector);
    if (inspector && !cancelled)
      await untilSignal((signal) => keepPage(inspector, inspect!, signal));
    return code;
  } finally {
    await inspector?.close();
  }
}

/** `cancelled`: a signal came while the program ran. */
async function supervise(
  { program, args, options }: RunCommand,
  inspector: Inspector | null,
): Promise<{ readonly code: number; readonly cancelled: boolean }> {
  const events = options.events === null ? null : openEvents(options.events);
  const named = () => session.getSnapshot().context.functions;
  const lines = events === null ? null : new CallLines(events, options.maxEvents, named);
  const input = {
    command: program,
    args,
    engine: options.engine,
    startTimeout: options.startTimeoutMs,
    maxEvents: events === null && inspector === null ? 0 : options.maxEvents,
    symbols: events !== null,
  };
  const session = createSession(input, inspector?.inspect);
  session.on("call", ({ record }) => {
    sayFindings(record, named());
    lines?.add(record);
  });
  const signals = forwardSignals(
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
    else sayEnd(program, output);
    return { code: output.retcode & 0xff, cancelled: signals.seen() };
  } finally {
    signals.release();
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

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The program has ended: a signal is for us, and ends `work`. */
async function untilSignal(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const signal of SIGNALS) process.on(signal, abort);
  try {
    await work(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, abort);
  }
}

/** How long the program has to end after a signal that it was passed on, in ms. */
const PROGRAM_GRACE_MS = 1_000;

/**
 * The program is what the signals are for. One from a terminal reaches it by itself, for it is in
 * our process group, and may be an interpreter's to handle; all others are passed on. Where the
 * program has not ended after {@link PROGRAM_GRACE_MS}, or at a second signal, it is killed; and where
 * that does not end the session in time, the signal ends this process.
 */
function forwardSignals(
  pid: () => number | null,
  kill: () => void,
): { seen(): boolean; release(): void } {
  let seen = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    seen++;
    const target = pid();
    const isFromTerminal = signal === "SIGINT" && isatty(STDIN);
    if (seen > 1 || target === null) kill();
    else if (isFromTerminal) return;
    else process.kill(target, signal);
    timers.push(setTimeout(kill, PROGRAM_GRACE_MS));
    endLater(signal, release);
  };
  const timers: NodeJS.Timeout[] = [];
  const release = () => {
    for (const timer of timers) clearTimeout(timer);
    for (const name of SIGNALS) process.off(name, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return {
    seen: () => seen > 0,
    release,
  };
}
