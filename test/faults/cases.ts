import type { Trial } from "./trial.js";

/** One fault in one state. */
export interface FaultCase {
  /** What fails, or what happens. */
  readonly fault: string;
  readonly state: string;
  /** `EIO`, and so on; empty for what is no system call's failure. */
  readonly errno: string;
  /** Null where it has not come to it this time; asked again then, `attempt` 1 and 2. */
  run(attempt: number): Promise<Trial | null>;
}

/** What came of one. */
export interface FaultRow extends Pick<FaultCase, "fault" | "state" | "errno"> {
  readonly trial: Trial;
}

/** Numbers from 0 up to 1. */
export type Random = () => number;
