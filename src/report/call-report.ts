import type {
  AccessLog,
  Argument,
  CallOutcome,
  CrashCause,
  Finding,
  HeapBuffer,
  Signature,
  TraceeAddress,
} from "../model/index.js";
import type { Frame } from "../symbols/index.js";
import type { UnkeptAccesses } from "./unkept-accesses.js";

/** What a function returned; NULL and void are null. A struct, or a complex number, is its parts. */
export type ResultValue =
  | number
  | bigint
  | string
  | boolean
  | { readonly [field: string]: unknown }
  | null;

/** A buffer, and what it held when the call was over; null where nobody has looked. */
export interface ReportBuffer extends HeapBuffer {
  readonly content: Uint8Array | null;
}

/** The signal that ended the tracee. */
export interface Crash {
  readonly signal: string;
  /** What was wanted, with all 64 bits; null where the signal is not about an address (SIGABRT). */
  readonly address: bigint | null;
  /** Null where the signal came from outside (SIGKILL). */
  readonly ip: TraceeAddress | null;
  /** Null where it is not known. */
  readonly cause: CrashCause | null;
  /** The functions that had not returned, innermost first; none where nobody has looked. */
  readonly backtrace: readonly Frame[];
}

/** Names code addresses. */
export interface SymbolSource {
  /** `FILE!FUNCTION+0xOFFSET`, or null. */
  symbolOf(ip: number): string | null;
  /** The soname or file name of the image, or null. */
  imageOf(ip: number): string | null;
}

/** What one suppression has taken out of the findings. */
export interface SuppressedFindings {
  /** The suppression's. */
  readonly name: string;
  readonly count: number;
}

/** All that is known of one traced call: what every form of the report is made from. */
export interface CallReport<B extends ReportBuffer = ReportBuffer> {
  readonly function: string;
  readonly signature: Signature;
  readonly arguments: readonly Argument[];
  readonly outcome: CallOutcome;
  /** Of a call that `exited`; else null. */
  readonly exitCode: number | null;
  /** Null unless it returned, and for void. */
  readonly result: ResultValue;
  /** From the SIGSTOP before the call to the SIGUSR1 after it, in ms. */
  readonly durationMs: number;
  /** What was asked for; what ran is in `engineStats`. */
  readonly engine: string;
  /** Plain JSON values. */
  readonly engineStats: Readonly<Record<string, unknown>>;
  readonly buffers: readonly B[];
  readonly log: AccessLog;
  /** What is past the log, where it was counted. */
  readonly unkept?: UnkeptAccesses | null;
  readonly findings: readonly Finding[];
  /** Findings that are by design, as a suppression says: by its name, how many. */
  readonly suppressed: readonly SuppressedFindings[];
  readonly crash: Crash | null;
  readonly symbolizer: SymbolSource;
}
