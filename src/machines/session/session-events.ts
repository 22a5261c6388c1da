import type { ValueClass } from "../../abi/index.js";
import type { WireArg, WireBytes, WireType } from "../../ipc/index.js";
import type { CallBuffers } from "../../judge/index.js";
import type {
  AccessBatch,
  AccessLog,
  CallOutcome,
  Finding,
  HeapBuffer,
  NamedCode,
} from "../../model/index.js";
import type {
  ArmedRange,
  CrashSite,
  EngineStats,
  TracerReport,
} from "../../workers/tracer/messages.js";

export type { CallOutcome, NamedCode } from "../../model/index.js";

/** What a session is started with. */
export interface SessionInput {
  /** A program that speaks the protocol over `FFISCOPE_FD`: a path, or a name on PATH. */
  readonly command: string;
  readonly args?: readonly string[];
  /** The program's whole environment; ours unless given. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard output becomes our standard error. */
  readonly stdoutToStderr?: boolean;
  readonly engine?: "auto" | "reference";
  /** Of one call, in ms, from SIGSTOP to SIGUSR1; none unless given. */
  readonly timeout?: number;
  /** Until the start-up SIGSTOP, in ms; 10,000 unless given. */
  readonly startTimeout?: number;
  /**
   * Accesses kept for one call's record, at 29 bytes each; 10,000,000 unless given. A child is sent
   * all of its events, whatever is kept here.
   */
  readonly maxEvents?: number;
  /** Read /proc/PID/maps with each call, to name code addresses by; true unless given. */
  readonly symbols?: boolean;
}

/** A library that the built-in host is to load, and to keep. */
export interface HostLoad {
  /** A path or a soname. */
  readonly library: string;
  /** Load it with RTLD_DEEPBIND. */
  readonly deep: boolean;
}

/** An argument of a host call. An integer past 2^53 is a decimal string, or a hex one: events survive JSON. */
export type HostArg =
  | Extract<WireArg, { type: "comparator" }>
  | WireBytes
  | {
      readonly type: Exclude<WireArg["type"], "comparator" | "bytes">;
      readonly value: number | string;
    };

/** A call that the built-in host is to make. */
export interface HostCall extends HostLoad {
  readonly symbol: string;
  /** Of a value class: its bytes come back, in hex. */
  readonly result: WireType | ValueClass;
  readonly args: readonly HostArg[];
  /** Parameters before `...`; -1 where the function is not variadic. */
  readonly fixedArgs: number;
  /** Functions of libc to look up for `functions`. */
  readonly resolve: readonly string[];
  /** Of this call, in ms, from SIGSTOP to SIGUSR1; the session's unless given. */
  readonly timeout?: number;
  /** What it may touch of the heap: its accesses are judged by them, and findings emitted. */
  readonly buffers?: readonly HeapBuffer[] | CallBuffers;
  /** Arguments, by position, whose buffers nobody has written yet. */
  readonly unwritten?: readonly number[];
}

type Report<T extends TracerReport["type"]> = Extract<TracerReport, { type: T }>;
type Prefixed<T extends TracerReport["type"]> = Omit<Report<T>, "type"> & {
  readonly type: `tracee.${T}`;
};

/** What a call touched, and what of that it must not have; null where it was not judged. */
export interface CallAccesses {
  readonly log: AccessLog;
  readonly findings: readonly Finding[] | null;
  /** What a client has told of: they are what it is judged by. Left out where it is no client's. */
  readonly buffers?: readonly HeapBuffer[];
}

/** The end of a child, which may be the end of a call. */
export interface BrokenOff {
  /** Of the call that was under way, or had just ended. */
  readonly accesses?: CallAccesses | null;
}

/** /proc/PID/maps; empty where it was not asked for. */
export interface Mapped {
  readonly maps: string;
}

/** Everything that can happen to a session. */
export type SessionEvent =
  | Prefixed<"spawned">
  | Prefixed<"seized">
  | Prefixed<"launching">
  | Prefixed<"execed">
  | Prefixed<"ready">
  | (Prefixed<"tracing"> & Mapped)
  | Prefixed<"accesses">
  | (Prefixed<"callEnded"> & Mapped & { readonly accesses: CallAccesses })
  | Prefixed<"unexpectedSignal">
  | Prefixed<"exiting">
  | (Prefixed<"exited"> & BrokenOff)
  | (Prefixed<"failed"> & BrokenOff)
  | { readonly type: "frame.startFfi"; readonly ranges: readonly ArmedRange[] }
  | { readonly type: "frame.startRanges"; readonly ranges: readonly ArmedRange[] }
  /** The link has the memory open. */
  | { readonly type: "frame.eventMemory" }
  | { readonly type: "frame.overrideRetcode"; readonly code: number }
  | { readonly type: "frame.hello"; readonly version: number; readonly features: readonly string[] }
  | { readonly type: "frame.heap"; readonly heap: HeapFacts }
  | {
      readonly type: "frame.returned";
      readonly call: number;
      readonly result: string | number | null;
      readonly errno?: number;
    }
  | {
      readonly type: "frame.refused";
      readonly call: number;
      readonly code: string;
      readonly message: string;
    }
  | { readonly type: "frame.functions"; readonly functions: readonly NamedCode[] }
  /** `freed`: by address. */
  | {
      readonly type: "frame.buffers";
      readonly added: readonly HeapBuffer[];
      readonly freed: readonly number[];
    }
  | { readonly type: "frame.malformed"; readonly code: string; readonly message: string }
  | { readonly type: "channel.eof"; readonly midFrame: boolean }
  | { readonly type: "channel.delivered" }
  | { readonly type: "session.call"; readonly call: HostCall }
  | { readonly type: "session.load"; readonly load: HostLoad }
  | { readonly type: "session.exit" }
  /** Asks a plain client to end: SIGTERM. */
  | { readonly type: "session.terminate" }
  | { readonly type: "session.kill" }
  | { readonly type: "session.startTimeout" }
  | { readonly type: "session.callTimeout" };

/** A heap of the tracee. Addresses are hex strings, as everywhere in machine context. */
export interface HeapFacts {
  /**
   * The memory behind both views, open in this process. It is the session's, which closes it once it
   * has ended: who wants to read the memory after that keeps a descriptor of its own (dup(2)).
   */
  readonly fd: number;
  readonly guarded: string;
  readonly backdoor: string;
  /** In bytes. */
  readonly size: number;
}

/** A traced call, once it is over. */
export interface CallRecord {
  /** 1 for the first of the session. */
  readonly call: number;
  readonly outcome: CallOutcome;
  /** For `exited`: the process's exit code. */
  readonly exitCode: number | null;
  readonly log: AccessLog;
  /** What it must not have done; null where it was not judged, for its buffers are not known. */
  readonly findings: readonly Finding[] | null;
  /** The buffers that a client has told of; left out where it has told of none, or is the built-in host. */
  readonly buffers?: readonly HeapBuffer[];
  readonly durationMs: number;
  readonly stats: EngineStats | null;
  /** For `crashed`: where; null where the kernel did not say (SIGKILL from outside). */
  readonly crash: CrashSite | null;
  /** For `crashed`: the signal. */
  readonly signal: string | null;
  /** /proc/PID/maps at the end of the call, for symbols; empty where it was not asked for. */
  readonly maps: string;
}

/** What a session emits to whoever listens with `actor.on`. */
export type SessionEmitted =
  /** Ready for a StartFfi. */
  | { readonly type: "ready"; readonly pid: number }
  /** The built-in host is ready for `session.call`. */
  | { readonly type: "host"; readonly heap: HeapFacts }
  | { readonly type: "functions"; readonly functions: readonly NamedCode[] }
  /** `maps`: /proc/PID/maps, where it was asked for. */
  | { readonly type: "callStarted"; readonly call: number; readonly maps: string }
  /**
   * As they come; `call` null: between calls. The columns are there until the listener returns: whoever
   * wants them later takes a copy.
   */
  | { readonly type: "accesses"; readonly call: number | null; readonly batch: AccessBatch }
  | { readonly type: "call"; readonly record: CallRecord }
  /** One of the call that ends next; where a host call told its `buffers`. */
  | { readonly type: "finding"; readonly call: number; readonly finding: Finding }
  /** What a host call (or load: null) returned: an integer past 2^53 as a decimal string. */
  | {
      readonly type: "returned";
      readonly call: number;
      readonly result: string | number | null;
      /** What it set errno(3) to, if it did. */
      readonly errno?: number;
    }
  | {
      readonly type: "refused";
      readonly call: number;
      readonly code: string;
      readonly message: string;
    }
  | { readonly type: "override"; readonly code: number }
  | { readonly type: "violation"; readonly violation: ViolationFacts }
  | { readonly type: "exit"; readonly retcode: number };

/** A breach of the protocol: what came in which state, and what was expected there. */
export interface ViolationFacts {
  readonly state: string;
  readonly came: string;
  readonly expected: string;
  /** The wire format's error code, where the bytes themselves were wrong. */
  readonly code: string | null;
}
