import type { SessionOutput } from "../machines/index.js";
import type { TraceeAddress } from "../model/index.js";
import { type Crash, crashMessage, crashPlace } from "../report/index.js";
import { Symbolizer } from "../symbols/index.js";

/** How a supervised program was killed by a signal of its own, where and why; null where it was not. */
export function crashText({ crash }: SessionOutput): string | null {
  if (crash === null) return null;
  const { signal, address, ip, cause } = crash.site;
  if (cause?.kind === "sent" && !cause.bySelf) return null;
  const wanted = address === null ? null : BigInt(address);
  const told: Crash = { signal, address: wanted, ip: ip as TraceeAddress, cause };
  const why = crashMessage(told, null);
  const place = crashPlace(told, new Symbolizer(crash.maps));
  return `was killed by ${signal}${place}${why ? ` (${why})` : ""}`;
}
