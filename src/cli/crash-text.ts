import type { SessionOutput } from "../machines/index.js";
import type { TraceeAddress } from "../model/index.js";
import { backtraceLines, type Crash, crashMessage, crashPlace } from "../report/index.js";
import { Symbolizer } from "../symbols/index.js";

type CrashFacts = NonNullable<SessionOutput["crash"]>;

/** How a supervised program was killed by a signal of its own: where and why, and who had called. */
export interface CrashText {
  readonly text: string;
  /** Lines. */
  readonly backtrace: readonly string[];
}

/** Null where it was killed from outside. */
export function crashText({ site, maps }: CrashFacts): CrashText | null {
  const { signal, address, ip, cause, backtrace } = site;
  if (cause?.kind === "sent" && !cause.bySelf) return null;
  const wanted = address === null ? null : BigInt(address);
  const told: Crash = { signal, address: wanted, ip: ip as TraceeAddress, cause, backtrace };
  const why = crashMessage(told, null);
  const symbolizer = new Symbolizer(maps);
  const place = crashPlace(told, symbolizer);
  return {
    text: `was killed by ${signal}${place}${why ? ` (${why})` : ""}`,
    backtrace: backtraceLines(backtrace, symbolizer),
  };
}
