import { FfiscopeError } from "../../model/index.js";
import type { SessionEvent, ViolationFacts } from "./session-events.js";

/** The child broke the protocol; the session has ended and the child is dead. */
export class ProtocolViolation extends FfiscopeError {
  readonly state: string;
  readonly came: string;
  readonly expected: string;
  /** The wire format's error code, where the bytes themselves were wrong. */
  readonly wireCode: string | null;

  constructor(facts: ViolationFacts) {
    super({
      code: "PROTOCOL_VIOLATION",
      message: `protocol violation in state ${facts.state}: ${facts.came} came, expected ${facts.expected}`,
    });
    this.state = facts.state;
    this.came = facts.came;
    this.expected = facts.expected;
    this.wireCode = facts.code;
  }
}

const START_UP = "the start-up SIGSTOP before anything else";

/** What each state waits for, in the protocol's words. */
const EXPECTED: Readonly<Record<string, string>> = {
  starting: START_UP,
  seizing: START_UP,
  initialStop: START_UP,
  idle: "StartFfi or OverrideRetcode",
  armed: "SIGSTOP after the Confirmation (or OverrideRetcode)",
  tracing: "SIGUSR1 at the end of the call (or OverrideRetcode)",
  severed: "the exit of the child",
  delivering: "that the child receives its MemEvents (or OverrideRetcode)",
};

/** The states that wait for something, so that something else can come. */
export const WAITING_STATES: readonly string[] = Object.keys(EXPECTED);

/** The violation that `event` is in `state`. */
export function violationOf(state: string, event: SessionEvent): ViolationFacts {
  return {
    state,
    came: cameText(event),
    expected: EXPECTED[state] ?? "nothing",
    code: event.type === "frame.malformed" ? event.code : null,
  };
}

function cameText(event: SessionEvent): string {
  switch (event.type) {
    case "tracee.unexpectedSignal":
      return event.signal;
    case "frame.startFfi":
      return "StartFfi";
    case "frame.overrideRetcode":
      return "OverrideRetcode";
    case "frame.malformed":
      return `a frame that cannot be read (${event.message})`;
    case "channel.eof":
      return event.midFrame ? "end of file inside a frame" : "end of file";
    case "frame.startRanges":
    case "frame.eventMemory":
    case "frame.hello":
    case "frame.heap":
    case "frame.returned":
    case "frame.refused":
    case "frame.functions":
    case "frame.buffers":
      return `the extension ${event.type.slice("frame.".length)}`;
    default:
      return event.type;
  }
}
