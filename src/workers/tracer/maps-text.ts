import type { Tid } from "../../model/index.js";
import { readMapsText } from "../../native/memory/maps.js";
import type { ProcessMappings } from "../../native/remote/process-mappings.js";

/**
 * The text of /proc/PID/maps, to name code by. It is read again only where code of files was mapped or
 * unmapped since: to ask for that takes a tenth of the time, and other mappings have no names to give.
 */
export class MapsText {
  /** The code's start, end, offset and inode, one mapping after the other. Null: not read yet. */
  #code: readonly number[] | null = null;
  /** `mappings.changes` when it was read. */
  #changes = 0;

  /** As {@link read}; all that changed mappings since then was seen. */
  readWatched(tid: Tid, mappings: ProcessMappings): string | null {
    return this.#code !== null && this.#changes === mappings.changes
      ? null
      : this.read(tid, mappings);
  }

  /** Null where it is as it was read last; empty where the thread is gone. Throws TraceeUnreadable. */
  read(tid: Tid, mappings: ProcessMappings): string | null {
    mappings.renew(tid);
    this.#changes = mappings.changes;
    const code = codeOf(mappings); // before the text: what changes in between is seen next time
    const isSame = code !== null && code.length > 0 && equal(code, this.#code);
    if (isSame) return null;
    this.#code = code;
    return readMapsText(tid) ?? "";
  }
}

function codeOf(mappings: ProcessMappings): number[] | null {
  const found = mappings.fileCode();
  if (found === null) return null;
  const code: number[] = [];
  for (const { start, end, offset, inode } of found) code.push(start, end, offset, inode);
  return code;
}

function equal(a: readonly number[], b: readonly number[] | null): boolean {
  return a.length === b?.length && a.every((value, i) => value === b[i]);
}
