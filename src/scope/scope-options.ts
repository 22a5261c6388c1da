import type { Inspect } from "../machines/index.js";
import { type OptionSpec, STACK_LIMITS } from "../model/index.js";
import {
  callback,
  flag,
  kindOf,
  listOf,
  number,
  oneOfWords,
  recordOf,
  text,
} from "../model/options.js";
import { Declarations } from "../prototype/index.js";
import type { DeclareOptions } from "./header-files.js";
import type { SuppressionOptions } from "./suppression-files.js";

/** What a scope is opened with. */
export interface ScopeOptions extends SuppressionOptions, DeclareOptions {
  /** Of one call, in ms, where it gives none of its own; none unless given. */
  readonly timeout?: number;
  /** Until a host is up, and until it has loaded a library, in ms; 10,000 unless given. */
  readonly startTimeout?: number;
  /** Accesses kept of one call, at 29 bytes each; 10,000,000 unless given. All are judged. */
  readonly maxEvents?: number;
  /** How accesses are caught: `auto` unless given. `reference` is slow and simple. */
  readonly engine?: "auto" | "reference";
  /**
   * Of the traced heap, in bytes: a power of two of at least 65,536; 268,435,456 (256 MiB) unless
   * given. It takes memory as it is used.
   */
  readonly heapBytes?: number;
  /** Of the stack that a call runs on, in bytes, 65,536 to 16,777,216 (16 MiB); 8 MiB unless given. */
  readonly stackBytes?: number;
  /** What libraries print on standard output goes to standard error. */
  readonly stdoutToStderr?: boolean;
  /** Variables of the host's, on top of ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** xstate's inspection of the sessions behind it. */
  readonly inspect?: Inspect;
}

/** Of loading a library. */
export interface LoadOptions {
  /**
   * With RTLD_DEEPBIND, so that its calls to itself are not bound to the copies of zlib, OpenSSL and
   * others that Node exports; true unless given.
   */
  readonly deep?: boolean | undefined;
  /** Ends the load: it rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
}

/** Of one allocation. */
export interface AllocOptions {
  /** What events, findings and messages call it; a call names it after its parameter unless given. */
  readonly name?: string | undefined;
}

/** Of one call. */
export interface CallOptions {
  /** Ends the call: it rejects with CANCELLED. */
  readonly signal?: AbortSignal | undefined;
  /** Of the call itself, in ms, from SIGSTOP to SIGUSR1; the scope's unless given. */
  readonly timeout?: number | undefined;
}

export const MILLISECONDS = number({ least: 0, unit: "ms", infinite: true });
export const MAX_EVENTS = number({ least: 0, whole: true, infinite: true, unit: "accesses" });
export const STACK_BYTES = number({ ...STACK_LIMITS, whole: true, unit: "bytes" });
export const ENGINE = oneOfWords(["auto", "reference"]);
export const ABORT_SIGNAL = kindOf("an AbortSignal", (value) => value instanceof AbortSignal);

const isTexts = (value: unknown) => [value].flat().every((each) => typeof each === "string");

export const SCOPE_OPTIONS: OptionSpec<ScopeOptions> = {
  timeout: MILLISECONDS,
  startTimeout: MILLISECONDS,
  maxEvents: MAX_EVENTS,
  engine: ENGINE,
  heapBytes: number({ least: 0, whole: true, unit: "bytes" }),
  stackBytes: STACK_BYTES,
  stdoutToStderr: flag,
  env: recordOf(text),
  inspect: callback,
  suppressions: listOf(text),
  defaultSuppressions: flag,
  declare: kindOf(
    "C declarations: a string, a list of strings, or the declarations of a scope",
    (value) => isTexts(value) || value instanceof Declarations,
  ),
  header: kindOf("a path, or a list of paths", isTexts),
};

export const LOAD_OPTIONS: OptionSpec<LoadOptions> = { deep: flag, signal: ABORT_SIGNAL };

export const ALLOC_OPTIONS: OptionSpec<AllocOptions> = { name: text };

export const CALL_OPTIONS: OptionSpec<CallOptions> = {
  signal: ABORT_SIGNAL,
  timeout: MILLISECONDS,
};
