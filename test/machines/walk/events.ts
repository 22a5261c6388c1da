import type { SessionEvent } from "ffiscope/machines";
import { sample } from "./samples.js";

/** Events by what they say. */
export const override = (code: number): SessionEvent => ({ type: "frame.overrideRetcode", code });

export const exited = (code: number): SessionEvent => ({
  type: "tracee.exited",
  code,
  signal: null,
});

export const killedBy = (signal: string): SessionEvent => ({
  type: "tracee.exited",
  code: null,
  signal,
});

export const eof = (midFrame = false): SessionEvent => ({ type: "channel.eof", midFrame });

export const signal = (name: "SIGSTOP" | "SIGUSR1"): SessionEvent => ({
  type: "tracee.unexpectedSignal",
  signal: name,
});

export const exiting: SessionEvent = sample("tracee.exiting");

/** An end of file has waited for an exit, and none came. */
export const graceOver = {
  type: "xstate.after.severedGrace.severed",
} as unknown as SessionEvent;
