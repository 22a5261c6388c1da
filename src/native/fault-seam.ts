type NativeCall = (...args: never[]) => unknown;

/** What stands between us and the system, so that its calls can fail: see test/faults. */
export interface FaultSeam {
  /** Stands in for a function of the C library; it may be `call` itself. */
  wrap<T extends NativeCall>(name: string, call: T): T;
  /** What a system call gave that the tracee was made to run: -errno where it failed. */
  inTracee(number: number, result: bigint): bigint;
}

const SEAM = Symbol.for("ffiscope.fault-seam");

/**
 * Null wherever no test has put one into this very thread before anything of ours was loaded. Nothing
 * that comes from outside (environment, options, a child) leads here.
 */
export const faultSeam = ((globalThis as Record<symbol, unknown>)[SEAM] as FaultSeam) ?? null;
