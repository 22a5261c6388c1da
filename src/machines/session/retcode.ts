/** What decides the code that a supervisor returns. */
export interface EndFacts {
  readonly override: number | null;
  /** The child's; null when a signal killed it. */
  readonly exitCode: number | null;
  /** The protocol was violated, or the supervisor could not go on. */
  readonly failed: boolean;
}

/**
 * `override ?? the child's exit code ?? 1`; 1 after a violation, whatever the override was.
 * The system keeps the low 8 bits of it.
 */
export function retcode({ override, exitCode, failed }: EndFacts): number {
  if (failed) return 1;
  return override ?? exitCode ?? 1;
}
