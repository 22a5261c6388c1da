/**
 * How a traced call ended. `exited`: the function ended the process. `cancelled`: the session was
 * ended from outside while it ran.
 */
export type CallOutcome = "returned" | "crashed" | "exited" | "timed-out" | "cancelled";

/** A function by its entry point, for code that no symbol table names. */
export interface NamedCode {
  /** A soname, or `ffiscope` for code of our own. */
  readonly image: string;
  readonly name: string;
  /** A hex string: `0x7f…`. */
  readonly address: string;
  /** In bytes; 0 where nobody knows it. */
  readonly size: number;
}
