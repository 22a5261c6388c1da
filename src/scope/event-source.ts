import type { AccessBatch, AccessLog } from "../model/index.js";
import { isCertain, kindOf, originOf, type SymbolSource } from "../report/index.js";
import { type CallAccess, TracedAccess } from "./call-access.js";
import type { CallContents, GivenContent } from "./call-contents.js";
import type { ScopeBuffer } from "./scope-buffer.js";

/** Where accesses lie: for each, a position among the call's buffers and the offset in that one. */
interface Places {
  readonly buffer: Int32Array;
  readonly offset: Float64Array;
}

/** All accesses of a call that were kept, in one set of columns. What costs is done when it is asked for. */
export class EventSource {
  #log: AccessLog | null;
  #batch: AccessBatch | null = null;
  #places: Places | null = null;
  /** Of instructions: a trace has many accesses of few. */
  readonly #names = new Map<number, string | null>();

  constructor(
    log: AccessLog,
    private readonly contents: CallContents,
    private readonly symbols: Pick<SymbolSource, "symbolOf">,
  ) {
    this.#log = log;
  }

  get buffers(): readonly GivenContent[] {
    return this.contents.all;
  }

  get batch(): AccessBatch {
    this.#batch ??= joined(this.#log!);
    this.#log = null; // its batches would be held twice
    return this.#batch;
  }

  get places(): Places {
    this.#places ??= this.#locate();
    return this.#places;
  }

  access(row: number): CallAccess {
    const { batch } = this;
    const address = batch.address[row]!;
    const size = batch.size[row]!;
    const flags = batch.flags[row]!;
    const ip = batch.ip[row]!;
    const { index } = this.contents;
    const buffer = index.buffers[index.nearest(address, size)];
    return new TracedAccess({
      kind: kindOf(flags),
      address: BigInt(address),
      size,
      certain: isCertain(flags),
      ip: BigInt(ip),
      thread: batch.thread[row]!,
      origin: originOf(flags),
      buffer: buffer?.name ?? null,
      offset: buffer ? address - buffer.address : null,
      symbol: this.#symbolOf(ip),
    });
  }

  #symbolOf(ip: number): string | null {
    const known = this.#names.get(ip);
    if (known !== undefined) return known;
    const name = this.symbols.symbolOf(ip);
    this.#names.set(ip, name);
    return name;
  }

  /** The position of a buffer, given itself or by its name; -1 where the call has none such. */
  indexOf(buffer: ScopeBuffer | string): number {
    return this.buffers.findIndex(({ name, source }) =>
      typeof buffer === "string" ? name === buffer : source === buffer,
    );
  }

  #locate(): Places {
    const { address, size, length } = this.batch;
    const { index } = this.contents;
    const { starts, ends, buffers } = index;
    const positionOf = new Map(this.buffers.map((buffer, position) => [buffer, position]));
    const positions = Int32Array.from(buffers, (buffer) => positionOf.get(buffer)!);
    const places = { buffer: new Int32Array(length), offset: new Float64Array(length) };
    // Accesses mostly stay where the last one was.
    let at = -1;
    for (let row = 0; row < length; row++) {
      const start = address[row]!;
      const stays = at >= 0 && start >= starts[at]! && start < ends[at]!;
      if (!stays) at = index.nearest(start, size[row]!);
      places.buffer[row] = at < 0 ? -1 : positions[at]!;
      places.offset[row] = at < 0 ? Number.NaN : start - starts[at]!;
    }
    return places;
  }
}

/** The rows of a log's batches in one; nothing is copied where there is one batch. */
function joined({ batches, length }: AccessLog): AccessBatch {
  const [first] = batches;
  if (batches.length === 1 && first) return first;
  const all = {
    length,
    address: new Float64Array(length),
    size: new Float64Array(length),
    ip: new Float64Array(length),
    thread: new Int32Array(length),
    flags: new Uint8Array(length),
  };
  let at = 0;
  for (const batch of batches) {
    for (const column of ["address", "size", "ip", "thread", "flags"] as const) {
      all[column].set(batch[column].subarray(0, batch.length), at);
    }
    at += batch.length;
  }
  return all;
}
