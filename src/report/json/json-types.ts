import type { AccessOrigin, FindingKind } from "../../model/index.js";
import type { CallOutcome } from "../call-report.js";

/** An address: `0x7f..`. */
type Hex = string;

/** One access of a program whose buffers are not known: `ffiscope run --events`. */
export interface JsonAccess {
  /** `unknown`: an instruction or a syscall that is not understood; never certain. */
  readonly kind: "read" | "write" | "unknown";
  readonly address: Hex;
  readonly size: number;
  readonly certain: boolean;
  readonly ip: Hex;
  readonly thread: number;
  readonly origin: AccessOrigin;
  /** `FILE!FUNCTION+0xOFFSET`. */
  readonly symbol: string | null;
}

/** One access of a traced call. `buffer` is the nearest one, null where there are none. */
export interface JsonEvent extends JsonAccess {
  readonly buffer: string | null;
  readonly offset: number | null;
}

export interface JsonBuffer {
  readonly name: string;
  readonly arg: number;
  readonly address: Hex;
  readonly size: number;
  readonly const: boolean;
  /** Base64, after the call. */
  readonly content: string;
}

export interface JsonFrame {
  readonly symbol: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

export interface JsonFinding {
  readonly kind: FindingKind;
  readonly buffer: string;
  readonly offset: number;
  readonly size: number;
  readonly count: number;
  readonly ip: Hex;
  readonly symbol: string | null;
  readonly message: string;
  readonly backtrace: readonly JsonFrame[];
}

export interface JsonCrash {
  readonly signal: string;
  /** What was accessed; null where the signal is not about an address (SIGABRT). */
  readonly address: Hex | null;
  /** Null where the signal came from outside (SIGKILL). */
  readonly ip: Hex | null;
  readonly symbol: string | null;
  readonly backtrace: readonly JsonFrame[];
}

/** What `ffiscope trace --json` prints. */
export interface JsonReport {
  readonly function: string;
  readonly outcome: CallOutcome;
  readonly exitCode: number | null;
  readonly result: number | string | boolean | null;
  readonly durationMs: number;
  readonly engine: string;
  readonly buffers: readonly JsonBuffer[];
  readonly events: readonly JsonEvent[];
  readonly truncated: boolean;
  readonly findings: readonly JsonFinding[];
  readonly crash: JsonCrash | null;
  readonly engineStats: Readonly<Record<string, unknown>>;
}
