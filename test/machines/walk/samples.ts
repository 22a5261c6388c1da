import type { CallAccesses, SessionEvent } from "ffiscope/machines";
import { AccessLog } from "../../../dist/model/index.js";

type Of<T extends SessionEvent["type"]> = Extract<SessionEvent, { type: T }>;

const STATS = {
  engine: "fragments",
  stops: 4,
  instructions: 1,
  unknown: 0,
  fragments: 2,
  translated: 9,
  translationMs: 0.5,
  entries: 1,
  fallbacks: { cold: 1 },
} as const;

/** One access: a write of 4 bytes. */
export const BATCH = {
  length: 1,
  address: Float64Array.of(0x7f0000001000),
  size: Float64Array.of(4),
  ip: Float64Array.of(0x7f0000100000),
  thread: Int32Array.of(4711),
  flags: Uint8Array.of(1),
};

/** What the link hands over of a call that made that access, and whose buffers are not known. */
export const ACCESSES: CallAccesses = { log: logOf(BATCH), findings: null };

function logOf(batch: typeof BATCH): AccessLog {
  const log = new AccessLog();
  log.append(batch);
  return log;
}

/**
 * Events of every type, and of every kind that a guard tells apart. An event of a session that has
 * no sample here does not compile.
 */
export const SAMPLES: { readonly [T in SessionEvent["type"]]: readonly [Of<T>, ...Of<T>[]] } = {
  "tracee.spawned": [{ type: "tracee.spawned", pid: 4711, pidfd: 20, channel: 21 }],
  "tracee.seized": [{ type: "tracee.seized" }],
  "tracee.execed": [{ type: "tracee.execed" }],
  "tracee.launching": [{ type: "tracee.launching" }],
  "tracee.ready": [
    { type: "tracee.ready" },
    { type: "tracee.ready", child: { pid: 4712, pidfd: 23, program: "node app.mjs" } },
  ],
  "tracee.tracing": [{ type: "tracee.tracing", call: 1, tid: 4711, maps: "" }],
  "tracee.accesses": [{ type: "tracee.accesses", batch: BATCH }],
  "tracee.callEnded": [
    {
      type: "tracee.callEnded",
      call: 1,
      delivered: false,
      durationMs: 1.5,
      stats: STATS,
      maps: "",
      accesses: ACCESSES,
    },
  ],
  "tracee.unexpectedSignal": [
    { type: "tracee.unexpectedSignal", signal: "SIGSTOP" },
    { type: "tracee.unexpectedSignal", signal: "SIGUSR1" },
  ],
  "tracee.exiting": [
    { type: "tracee.exiting", maps: "", crash: null, stats: STATS, durationMs: 1.5 },
  ],
  "tracee.exited": [
    { type: "tracee.exited", code: 0, signal: null },
    { type: "tracee.exited", code: null, signal: "SIGSEGV" },
  ],
  "tracee.failed": [
    { type: "tracee.failed", code: "PROGRAM_NOT_STARTED", message: "cannot start", remedy: null },
  ],
  "frame.startFfi": [{ type: "frame.startFfi", ranges: [] }],
  "frame.startRanges": [{ type: "frame.startRanges", ranges: [] }],
  "frame.eventMemory": [{ type: "frame.eventMemory" }],
  "frame.overrideRetcode": [{ type: "frame.overrideRetcode", code: 7 }],
  "frame.hello": [
    { type: "frame.hello", version: 1, features: ["marked-signals", "heap"] },
    { type: "frame.hello", version: 1, features: ["marked-signals", "heap", "armed-calls"] },
  ],
  "frame.heap": [
    {
      type: "frame.heap",
      heap: { fd: 22, guarded: "0x7f0000000000", backdoor: "0x7f0010000000", size: 268435456 },
    },
  ],
  "frame.returned": [
    { type: "frame.returned", call: 1, result: 907060870 },
    { type: "frame.returned", call: 99, result: null },
  ],
  "frame.refused": [
    { type: "frame.refused", call: 1, code: "SYMBOL_NOT_FOUND", message: "no such symbol" },
    { type: "frame.refused", call: 99, code: "SYMBOL_NOT_FOUND", message: "no such symbol" },
  ],
  "frame.functions": [
    {
      type: "frame.functions",
      functions: [{ image: "libc.so.6", name: "strlen", address: "0x7f0000200000", size: 0 }],
    },
  ],
  "frame.buffers": [{ type: "frame.buffers", added: [], freed: [] }],
  "frame.malformed": [{ type: "frame.malformed", code: "EMPTY_FRAME", message: "an empty frame" }],
  "channel.eof": [
    { type: "channel.eof", midFrame: false },
    { type: "channel.eof", midFrame: true },
  ],
  "channel.delivered": [{ type: "channel.delivered" }],
  "session.call": [
    {
      type: "session.call",
      call: {
        library: "libz.so.1",
        deep: true,
        symbol: "zlibVersion",
        result: "ptr",
        args: [],
        fixedArgs: -1,
        resolve: [],
      },
    },
  ],
  "session.load": [{ type: "session.load", load: { library: "libz.so.1", deep: true } }],
  "session.exit": [{ type: "session.exit" }],
  "session.terminate": [{ type: "session.terminate" }],
  "session.kill": [{ type: "session.kill" }],
  "session.startTimeout": [{ type: "session.startTimeout" }],
  "session.callTimeout": [{ type: "session.callTimeout" }],
};

/** The first sample of a type. */
export function sample<T extends SessionEvent["type"]>(type: T): Of<T> {
  return SAMPLES[type][0] as Of<T>;
}
