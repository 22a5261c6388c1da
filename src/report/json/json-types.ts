import type { AccessOrigin, CallOutcome, CrashCause, FindingKind } from "../../model/index.js";

/** An address: `0x7f..`. */
type Hex = string;

/** A value in JSON. */
export type JsonValue =
  | number
  | string
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [field: string]: JsonValue };

/** One access of a program whose buffers are not known: `ffiscope run --events`. */
export interface JsonAccess {
  /** `unknown`: an instruction or a syscall that is not understood; never certain. */
  readonly kind: "read" | "write" | "unknown";
  /** Of its lowest byte. */
  readonly address: Hex;
  /** In bytes. */
  readonly size: number;
  /** False for a write that may not have happened. */
  readonly certain: boolean;
  /** Of the instruction that made it; for a kernel access, of the system call. */
  readonly ip: Hex;
  /** As the kernel numbers it. */
  readonly thread: number;
  /** `kernel`: for a system call of the thread. */
  readonly origin: AccessOrigin;
  /** `FILE!FUNCTION+0xOFFSET`. */
  readonly symbol: string | null;
}

/** One access of a traced call. `buffer` is the nearest one, null where there are none. */
export interface JsonEvent extends JsonAccess {
  readonly buffer: string | null;
  /** From the buffer's start, in bytes; negative before it. */
  readonly offset: number | null;
}

/** A buffer that the call was given. */
export interface JsonBuffer {
  /** The parameter's, `argN` for a variadic one. */
  readonly name: string;
  /** 0-based position of the argument. */
  readonly arg: number;
  readonly address: Hex;
  /** In bytes. */
  readonly size: number;
  /** It must not be written. */
  readonly const: boolean;
  /** Base64, after the call. */
  readonly content: string;
}

/** A function that had not returned. `file` and `line` are null: no debug information is read. */
export interface JsonFrame {
  readonly symbol: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/** Something that the call must not have done. Neighbouring bytes at one place are one finding. */
export interface JsonFinding {
  readonly kind: FindingKind;
  /** The nearest one's name. */
  readonly buffer: string;
  /** Of the first offending byte, from the buffer's start; negative before it. */
  readonly offset: number;
  /** Offending bytes, not the whole access. */
  readonly size: number;
  /** Accesses that it stands for. */
  readonly count: number;
  /** The instruction. */
  readonly ip: Hex;
  /** `FILE!FUNCTION+0xOFFSET`. */
  readonly symbol: string | null;
  /** One sentence. */
  readonly message: string;
  readonly backtrace: readonly JsonFrame[];
}

/** The signal that ended the process. */
export interface JsonCrash {
  /** `SIGSEGV` and so on. */
  readonly signal: string;
  /** What was wanted; null where the signal is not about an address (SIGABRT). */
  readonly address: Hex | null;
  /** Null where the signal came from outside (SIGKILL). */
  readonly ip: Hex | null;
  readonly symbol: string | null;
  /** `stack-overflow`, `misaligned` and so on: {@link CrashCause}; null where it is not known. */
  readonly reason: CrashCause["kind"] | null;
  /** The same as a sentence. */
  readonly message: string | null;
  /** Innermost first, from the crash itself. */
  readonly backtrace: readonly JsonFrame[];
}

/** What `ffiscope trace --json` prints. */
export interface JsonReport {
  /** Of the form: `ffiscope/schema/trace.schema.json` describes version 1. */
  readonly version: 1;
  readonly function: string;
  readonly outcome: CallOutcome;
  /** Of a call that ended the process; else null. */
  readonly exitCode: number | null;
  /** An integer past 2^53 is a decimal string, a pointer a hex string; null for void and unless it returned. */
  readonly result: JsonValue;
  /** From the SIGSTOP before the call to the SIGUSR1 after it, in ms. */
  readonly durationMs: number;
  /** What was asked for: `auto` or `reference`. */
  readonly engine: string;
  readonly buffers: readonly JsonBuffer[];
  /** In the order of execution within a thread. */
  readonly events: readonly JsonEvent[];
  /** There were more events than are kept: these are the first. Findings count all. */
  readonly truncated: boolean;
  readonly findings: readonly JsonFinding[];
  /** Findings that are by design, by the name of the suppression that says so; left out where none are. */
  readonly suppressed?: readonly { readonly name: string; readonly count: number }[];
  /** What is wrong with the result, a sentence each: a `_Bool` that is neither 0 nor 1. Left out where nothing is. */
  readonly warnings?: readonly string[];
  readonly crash: JsonCrash | null;
  /** What ran, and how often it stopped the process. */
  readonly engineStats: Readonly<Record<string, unknown>>;
}
