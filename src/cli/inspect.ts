import { once } from "node:events";
import type { Inspector } from "../inspector/index.js";
import type { InspectOptions } from "./options.js";
import { say } from "./output.js";

/** Opens the inspector's page and says where. Null where none is asked for. */
export async function openPage(options: InspectOptions | null): Promise<Inspector | null> {
  if (options === null) return null;
  // Loaded here: who does not inspect does not wait for it.
  const { openInspector } = await import("../inspector/index.js");
  const inspector = await openInspector({ port: options.port });
  say(`inspector at ${inspector.url}`);
  return inspector;
}

/**
 * What was inspected is over: leaves the page open until all of its windows are closed or `signal`
 * aborts, if that is wanted.
 */
export async function keepPage(
  inspector: Inspector,
  { until }: InspectOptions,
  signal: AbortSignal,
): Promise<void> {
  if (until === "exit" || signal.aborted) return;
  say("it is over; the inspector's page stays until it is closed, or Ctrl-C");
  const settled = new AbortController();
  const aborted = once(signal, "abort", { signal: settled.signal }).catch(() => {});
  await Promise.race([inspector.pageClosed, aborted]);
  settled.abort();
}
