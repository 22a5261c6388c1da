import type { TraceeAddress } from "../model/index.js";
import { lastAtOrBefore } from "../model/ranges.js";
import type { GivenBuffer } from "./given-buffer.js";
import type { ScopeBuffer } from "./scope-buffer.js";

/** What was freed longest ago is forgotten first. */
const KEPT = 256;

/** The buffers that were freed last, where nothing else lies since: what touches one uses it after that. */
export class FreedBuffers {
  /** By address. A call may have it: it is replaced, and never changed. */
  #buffers: readonly GivenBuffer[] = [];
  #oldest: GivenBuffer[] = [];
  #taken = 0;

  get byAddress(): readonly GivenBuffer[] {
    return this.#buffers;
  }

  add(source: ScopeBuffer, address: number): void {
    const { label, size } = source;
    if (size === 0) return;
    const isTaken = this.#buffers.some(({ source: other }) => other.label === label);
    const name = isTaken ? `${label} (freed) (${++this.#taken})` : `${label} (freed)`;
    const place = { address: address as TraceeAddress, size, arg: -1, const: false };
    const buffer: GivenBuffer = { name, ...place, freed: true, source };
    const at = this.#lastFrom(address) + 1;
    this.#buffers = [...this.#buffers.slice(0, at), buffer, ...this.#buffers.slice(at)];
    this.#oldest.push(buffer);
    if (this.#oldest.length > KEPT) this.#forget(this.#oldest[0]!);
  }

  /** Something else lies in `size` bytes at `address` now. */
  reuse(address: number, size: number): void {
    for (let at = this.#lastFrom(address + size); at >= 0; at = this.#lastFrom(address + size)) {
      const buffer = this.#buffers[at]!;
      if (buffer.address + buffer.size < address) return;
      this.#forget(buffer);
    }
  }

  clear(): void {
    this.#buffers = [];
    this.#oldest = [];
  }

  #forget(buffer: GivenBuffer): void {
    this.#buffers = this.#buffers.filter((other) => other !== buffer);
    this.#oldest = this.#oldest.filter((other) => other !== buffer);
  }

  #lastFrom(address: number): number {
    return lastAtOrBefore(
      Float64Array.from(this.#buffers, (buffer) => buffer.address),
      address,
    );
  }
}
