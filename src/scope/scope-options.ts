import type { Inspect } from "../machines/index.js";

/** What a scope is opened with. */
export interface ScopeOptions {
  /** Of one call, in ms, where it gives none of its own; none unless given. */
  readonly timeout?: number;
  /** Until a host is up, and until it has loaded a library, in ms; 10,000 unless given. */
  readonly startTimeout?: number;
  /** Accesses kept of one call; 10,000,000 unless given. */
  readonly maxEvents?: number;
  readonly engine?: "auto" | "reference";
  /** Of the traced heap, in bytes: a power of two; 256 MiB unless given. It takes memory as it is used. */
  readonly heapBytes?: number;
  /** What libraries print on standard output goes to standard error. */
  readonly stdoutToStderr?: boolean;
  /** Variables of the host's, on top of ours. */
  readonly env?: Readonly<Record<string, string>>;
  /** xstate's inspection of the sessions behind it. */
  readonly inspect?: Inspect;
}

/** Of one allocation. */
export interface AllocOptions {
  /** What events, findings and messages call it; a call names it after its parameter unless given. */
  readonly name?: string;
}
