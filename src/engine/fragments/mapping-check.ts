import { USER_SPACE_END } from "../../model/index.js";
import type { Mapping } from "../../native/index.js";
import type { Guard } from "../guard.js";
import type { Thread } from "../threads.js";
import type { CodeSource } from "./code-source.js";
import type { SiteTable } from "./site-table.js";

/**
 * Before fragments run: that what was translated is still the program's code, and whether an operand
 * that is moved to the other view by mistake is sure to fault.
 */
export class MappingCheck {
  #isDone = false;
  /** At which mappings, and for which distance, an alias was looked for. */
  #looked = "";

  constructor(
    readonly guard: Guard,
    readonly source: CodeSource,
    readonly sites: SiteTable,
    /** Forgets all that was translated. `thread` is stopped, outside of fragments. */
    readonly forgetCode: (thread: Thread) => void,
  ) {}

  /** The mappings may have changed. */
  mappingsChanged(): void {
    this.#isDone = false;
  }

  /** `distance`: of the views, in bytes. Does nothing where nothing may have changed. */
  ensure(thread: Thread, distance: number): void {
    if (this.#isDone) return;
    if (!this.source.refresh(thread.tid)) this.forgetCode(thread);
    this.#isDone = true;
    const looked = `${this.source.version} ${distance}`;
    if (looked === this.#looked) return;
    this.#looked = looked;
    const others = this.source.mappings.filter(({ start }) => !this.guard.covers(start));
    this.sites.canTrust = !hasAlias(others, distance);
  }
}

/** Two mappings lie as far apart as the views of the heap: one could be taken for the other. */
function hasAlias(mappings: readonly Mapping[], distance: number): boolean {
  const lowest = mappings[0]?.start ?? 0;
  return mappings.some((mapping) => {
    const [start, end] = [mapping.start + distance, mapping.end + distance];
    if (end <= lowest || start >= USER_SPACE_END) return false;
    return mappings.some((other) => other.start < end && other.end > start);
  });
}
