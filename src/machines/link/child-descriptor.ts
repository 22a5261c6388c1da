import { openSync } from "node:fs";
import { mappingsOf } from "../../guard/handed-pages.js";
import { FfiscopeError, type Pid } from "../../model/index.js";

/**
 * What the child has open under `fd`, opened for us too; null where the child has died since it told
 * of it. Throws FfiscopeError HEAP_REFUSED. `message`: in which it was told.
 */
export function openDescriptorOf(pid: Pid, fd: number, message: string): number | null {
  try {
    return openSync(`/proc/${pid}/fd/${fd}`, "r+");
  } catch (cause) {
    if (mappingsOf(pid).length === 0) return null;
    throw new FfiscopeError({
      code: "HEAP_REFUSED",
      message: `descriptor ${fd} of ${message} cannot be opened`,
      cause,
    });
  }
}
