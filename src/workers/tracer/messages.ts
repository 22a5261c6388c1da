/**
 * What passes between the session (main thread) and its tracer (worker thread), over one
 * MessagePort. The worker posts before it resumes the child, so that main, which drains the port
 * before it handles a frame, sees both in the order in which they happened.
 *
 * That leaves what the child sent right before a stop, which main may not have read yet. So the
 * worker waits until main has heard of `ready`, `callEnded`, `unexpectedSignal` and `exiting`, and
 * main reads the channel before it handles those: whatever is there until then is older. It does not
 * wait at the end of a call where it has seen that there is nothing on the channel.
 *
 * Accesses may come faster than main can handle them. So that they do not pile up in the port, the
 * tracer waits while many batches are on their way: for main, never for the child's reading.
 */
import type { CallbackAnswer, CallbackCall } from "../../model/callback-code.js";
import type { AccessBatch, CrashCause } from "../../model/index.js";
import type { Frame } from "../../symbols/unwind/index.js";

/** What a tracer is started with: the data of its piscina task. */
export interface TracerTask {
  readonly port: MessagePortLike;
  /** How many of the reports that the tracer waits for main has heard: one element. */
  readonly heard: Int32Array<SharedArrayBuffer>;
  /** How many batches of accesses main has handled: one element. */
  readonly taken: Int32Array<SharedArrayBuffer>;
  /** 0 until the task has begun, or is not to begin any more: one element, set by whoever is first. */
  readonly begun: Int32Array<SharedArrayBuffer>;
  /** How many calls of JavaScript functions the session has answered: one element. */
  readonly answered: Int32Array<SharedArrayBuffer>;
  /** The memory of the `LineLease` that the session and its tracer share. */
  readonly lease: SharedArrayBuffer;
  /** Memory of batches that main is done with, to be used again. */
  readonly used: MessagePortLike;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly stdoutToStderr: boolean;
  /** `auto`: fragments, and the reference engine for what they do not take. */
  readonly engine: "auto" | "reference";
  /** Report /proc/PID/maps with each call. */
  readonly symbols: boolean;
}

/** `worker_threads.MessagePort`, named here so that this file needs nothing of Node. */
export type MessagePortLike = import("node:worker_threads").MessagePort;

/** A run of pages of a plain client's heap: `[start, end)` and its PROT_* bits. */
export interface ArmedRange {
  readonly start: number;
  readonly end: number;
  readonly protection: number;
}

/** A heap of our own clients. `fd`: the memory behind both views, open in this process. */
export interface HeapCommand {
  readonly type: "heap";
  readonly fd: number;
  readonly guarded: number;
  readonly backdoor: number;
  readonly size: number;
}

/** Session to tracer. It is read when the tracee stops: nothing here interrupts it. */
export type TracerCommand =
  /** A call may start: posted before its Confirmation is sent. */
  | {
      readonly type: "arm";
      readonly call: number;
      readonly ranges: readonly ArmedRange[];
      /** The host was asked for it: it awaits neither a Confirmation nor MemEvents. */
      readonly asked: boolean;
      /** The host has loaded a library since the last call, or may have. */
      readonly loaded: boolean;
      /** Once the call is over, the session leases the line to the tracer. */
      readonly thenLease: boolean;
    }
  /** The call that was to start does not. */
  | { readonly type: "disarm" }
  /** Memory that is guarded for good: posted before its Confirmation is sent. */
  | HeapCommand
  /** Functions of libc in the tracee. `counted`: what they are entered with is to be told. */
  | {
      readonly type: "functions";
      readonly functions: readonly { readonly address: number; readonly counted: boolean }[];
    }
  /** What a JavaScript function has returned to a thread. */
  | { readonly type: "callbackReturned"; readonly tid: number; readonly answer: CallbackAnswer }
  /** From now on the tracee marks the protocol's signals as its own: see `native/mark.ts`. */
  | { readonly type: "marked" }
  /** From now on /proc/PID/maps is reported with each call. */
  | { readonly type: "named" };

/** How a signal that ended the process was raised. */
export interface CrashSite {
  /** `SIGSEGV` and so on. */
  readonly signal: string;
  /**
   * A hex string: what a memory fault wanted, worked out where the kernel does not say; the
   * instruction itself, where that is at fault; null where no address is.
   */
  readonly address: string | null;
  /** The instruction. */
  readonly ip: number;
  /** Null where it is not known for certain. */
  readonly cause: CrashCause | null;
  /** The functions that had not returned, innermost first. */
  readonly backtrace: readonly Frame[];
}

/** What is known of a process at its end. */
export interface ExitFacts {
  /** As /proc/PID/maps has it. */
  readonly maps: string;
  readonly crash: CrashSite | null;
  /** Of the call that it has cut short. */
  readonly stats: EngineStats | null;
  readonly durationMs: number | null;
}

/** A child that is not the program that was started. `program`: its command line. */
export interface LaunchedChild {
  readonly pid: number;
  readonly pidfd: number;
  readonly program: string;
}

/** What there is to say of a program that a launcher has started, and that is not the child. */
export type LaunchNote =
  | {
      readonly kind: "crashed";
      readonly pid: number;
      readonly program: string;
      readonly crash: Death;
    }
  /** It raised a start-up SIGSTOP while, or after, another was the child: it was ended. */
  | { readonly kind: "second"; readonly pid: number; readonly program: string };

/** A signal that ends a process, and the mappings of that moment. */
export interface Death {
  readonly site: CrashSite;
  /** As /proc/PID/maps has them. */
  readonly maps: string;
}

/** What the engine did in a call. */
export interface EngineStats {
  readonly engine: "fragments" | "reference";
  /** ptrace stops of the tracee. */
  readonly stops: number;
  /** Instructions that were run one at a time. */
  readonly instructions: number;
  /** Instructions that were not understood. */
  readonly unknown: number;
  /** Blocks of code that were translated. */
  readonly fragments: number;
  /** Instructions that were translated. */
  readonly translated: number;
  /** Time that took, in ms. */
  readonly translationMs: number;
  /** How often a thread was sent into fragments. */
  readonly entries: number;
  /** Accesses that were left to the reference engine, by reason. */
  readonly fallbacks: Readonly<Record<string, number>>;
}

/** What the port carries to the session: several reports where they follow each other closely. */
export type TracerMessage = TracerReport | TracerReport[];

/** Tracer to session. */
export type TracerReport =
  /** `channel`: our end of the socketpair. `pidfd`: for killing it. Both are main's to close. */
  | {
      readonly type: "spawned";
      readonly pid: number;
      readonly pidfd: number;
      readonly channel: number;
    }
  | { readonly type: "seized" }
  /** The program has started another: it may be a launcher, and the child one of its descendants. */
  | { readonly type: "launching" }
  /**
   * The start-up SIGSTOP; the tracee runs on. `child`: it is not the program that was started, but a
   * descendant of it. Its pidfd is main's to close.
   */
  | { readonly type: "ready"; readonly child?: LaunchedChild }
  /** The child has become another program, by execve(2). */
  | { readonly type: "execed" }
  /** SIGSTOP after a Confirmation: the call runs. */
  | {
      readonly type: "tracing";
      readonly call: number;
      readonly tid: number;
      readonly maps: string | null;
    }
  | { readonly type: "accesses"; readonly batch: AccessBatch }
  /** A thread has called a JavaScript function, and is stopped until it has returned. */
  | { readonly type: "callback"; readonly call: CallbackCall }
  /** A StartFfi that the tracer has taken under its lease. The Confirmation is sent where `confirmed`. */
  | {
      readonly type: "begun";
      readonly message: "StartFfi" | "StartRanges";
      readonly call: number;
      /** Null where they are those of the last call. */
      readonly ranges: readonly ArmedRange[] | null;
      readonly confirmed: boolean;
    }
  /** The line is the session's again. */
  | { readonly type: "lineReturned" }
  /**
   * SIGUSR1: the call is over. `maps`: /proc/PID/maps, for symbols; null, here as in `tracing`: as it was
   * reported last.
   */
  | {
      readonly type: "callEnded";
      readonly call: number;
      /** The tracer has sent the child its MemEvents, or it awaits none: the child runs on. */
      readonly delivered: boolean;
      readonly durationMs: number;
      readonly stats: EngineStats;
      readonly maps: string | null;
    }
  /** A protocol signal that nothing called for; the thread stays stopped. */
  | { readonly type: "unexpectedSignal"; readonly signal: "SIGSTOP" | "SIGUSR1" }
  /**
   * The last thread is about to exit; its descriptors are still open, unless it is `gone` already.
   * `maps`: never null.
   */
  | ({ readonly type: "exiting"; readonly gone?: true } & ExitFacts)
  /**
   * The end of the child, and of its launcher. `late`: of an `exiting` that came after the end of file,
   * of which the session was not told.
   */
  | {
      readonly type: "exited";
      readonly code: number | null;
      readonly signal: string | null;
      readonly late?: ExitFacts;
      readonly launched?: readonly LaunchNote[];
    }
  /** The tracer cannot go on; the tracee is dead or dying. */
  | {
      readonly type: "failed";
      readonly code: string;
      readonly message: string;
      readonly remedy: string | null;
    };
