import { type Tid, USER_SPACE_END } from "../../model/index.js";
import { type MappingQuery, openMappingQuery, type QueriedMapping } from "../memory/map-query.js";
import { type Mapping, readMappings } from "../memory/maps.js";

/**
 * Finds single mappings of one address space: by a query, or in /proc/PID/maps where the kernel has
 * no query.
 */
export class ProcessMappings {
  #query: MappingQuery | null | undefined;
  /** As they were at the last {@link renew}; null until they are read. */
  #all: readonly Mapping[] | null = null;
  #tid: Tid | null = null;
  /** System calls that change mappings, of all that were seen. */
  changes = 0;

  /** `open`: null where the kernel cannot be asked. */
  constructor(readonly open: typeof openMappingQuery = openMappingQuery) {}

  /** They may have changed. `tid`: any living thread of the process. */
  renew(tid: Tid): void {
    this.#tid = tid;
    this.#all = null;
    if (this.#query === undefined) this.#query = this.open(tid);
  }

  /** The mapping that `address` lies in, or the next one; null if there is none. */
  atOrAfter(address: number): QueriedMapping | null {
    if (this.#query) return this.#query.atOrAfter(address);
    return firstEndAfter(this.#text(), address);
  }

  /** Those that have a part in `[start, end)`, in order. */
  within(start: number, end: number): QueriedMapping[] {
    if (this.#query) return [...this.#query.within(start, end)];
    return this.#text().filter((mapping) => mapping.end > start && mapping.start < end);
  }

  /** Code of files, in order of address; null where the kernel cannot be asked. */
  fileCode(): Iterable<QueriedMapping> | null {
    return this.#query?.fileCode() ?? null;
  }

  close(): void {
    this.#query?.close();
  }

  #text(): readonly Mapping[] {
    if (this.#tid === null) return [];
    // The kernel tells of none past that.
    this.#all ??= readMappings(this.#tid).filter(({ start }) => start < USER_SPACE_END);
    return this.#all;
  }
}

/** `mappings`: in order of address. */
function firstEndAfter(mappings: readonly Mapping[], address: number): Mapping | null {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (mappings[middle]!.end > address) high = middle;
    else low = middle + 1;
  }
  return mappings[low] ?? null;
}
