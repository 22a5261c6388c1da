/** How a command is cancelled. */
export interface Cancellation {
  /** Aborts when a signal is received. */
  readonly signal: AbortSignal;
  /** From here on a signal ends the process at once: for work that lets no event in, once nothing is traced. */
  readonly release: () => void;
  /** Signals are received again. */
  readonly listen: () => void;
  /** What is traced has ended: a report may take longer than a command has to end after a signal. */
  readonly ended: () => void;
}

/** How long a command has to end after a signal, in ms: it is to be gone within two seconds, and may be busy. */
const GRACE_MS = 1_000;

/**
 * Has `signal` end this process for good where it is still there after {@link GRACE_MS}, whatever
 * keeps it. `release` takes the command's handlers away: what is then sent has its default action.
 * What is traced dies with us (PTRACE_O_EXITKILL). Returns what calls that off.
 */
export function endLater(signal: NodeJS.Signals, release: () => void): () => void {
  const timer = setTimeout(() => {
    release();
    process.kill(process.pid, signal);
  }, GRACE_MS);
  timer.unref();
  return () => clearTimeout(timer);
}
