/** Restarts that a supervisor remembers: when each was, in ms of one clock. */
export type Restarts = readonly number[];

/**
 * One more restart, at `now`: those within the last `period` ms, and whether they are more than
 * `intensity` (OTP's maximum restart intensity).
 */
export function addRestart(
  restarts: Restarts,
  now: number,
  { intensity, period }: { readonly intensity: number; readonly period: number },
): { readonly restarts: Restarts; readonly isTooMany: boolean } {
  const recent = [...restarts.filter((at) => now - at <= period), now];
  return { restarts: recent, isTooMany: recent.length > intensity };
}
