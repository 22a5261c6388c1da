/**
 * What is so unless an option says otherwise. The help texts, the machines, scopes and pools all
 * read it here; the tests hold the documents to it.
 */
export const DEFAULTS = {
  /** From the start of a program to its start-up SIGSTOP; also of loading one library. In ms. */
  startTimeoutMs: 10_000,
  /** Accesses kept of one call. All of them are judged. */
  maxEvents: 10_000_000,
  /** A traced heap, in bytes. It takes memory only as it is used. */
  heapBytes: 256 * 1024 * 1024,
  /** The stack that a call runs on, in bytes: as a main thread's (ulimit -s). */
  stackBytes: 8 * 1024 * 1024,
  /** How accesses are caught. */
  engine: "auto",
  /** The library is loaded with RTLD_DEEPBIND. */
  deep: true,
  /** How long a host may take to exit by itself when its scope is closed or its one call is over, in ms. */
  exitGraceMs: 2_000,
  /** A supervisor's: so many restarts within the period; more end it. */
  restartIntensity: 1,
  restartPeriodMs: 5_000,
  /** How long a supervisor's child may take to end when it is told to, in ms. */
  shutdownMs: 5_000,
  /** Accesses that the terminal's report lists: the first ones. */
  listedAccesses: 10,
  /** What the inspector keeps of the past: the oldest entries are dropped first. */
  historyEntries: 10_000,
  historyBytes: 32 * 1024 * 1024,
} as const;

/** Of `stackBytes`: koffi allocates no more than 16 MiB for calls, and needs room for its own work. */
export const STACK_LIMITS = { least: 65_536, most: 16 * 1024 * 1024 } as const;
