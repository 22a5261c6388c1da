import type { BufferIndex } from "../../judge/buffer-index.js";
import { type AccessBatch, AccessFlag, type AccessOrigin, toHex } from "../../model/index.js";
import type { SymbolSource } from "../call-report.js";
import type { JsonAccess, JsonEvent } from "./json-types.js";

/** What the JSON needs of every instruction; a trace has many accesses of few instructions. */
interface Instruction {
  readonly hex: string;
  readonly symbol: string | null;
  /** `symbol` as JSON text. */
  readonly symbolText: string;
}

/**
 * Accesses as JSON: objects, or text straight away, for a long trace is millions of them. With an
 * index of buffers they carry the nearest one.
 */
export class JsonEvents {
  readonly #instructions = new Map<number, Instruction>();
  readonly #names: readonly string[];

  constructor(
    private readonly symbolizer: Pick<SymbolSource, "symbolOf">,
    private readonly index: BufferIndex | null,
  ) {
    this.#names = index?.buffers.map(({ name }) => JSON.stringify(name)) ?? [];
  }

  /** Row `row` of `batch`. */
  object(batch: AccessBatch, row: number): JsonAccess | JsonEvent {
    const address = batch.address[row]!;
    const flags = batch.flags[row]!;
    const { hex, symbol } = this.#instruction(batch.ip[row]!);
    const access = {
      kind: kindOf(flags),
      address: toHex(address),
      size: batch.size[row]!,
      certain: isCertain(flags),
      ip: hex,
      thread: batch.thread[row]!,
      origin: originOf(flags),
    };
    if (!this.index) return { ...access, symbol };
    const buffer = this.index.buffers[this.index.nearest(address, batch.size[row]!)];
    const place = buffer
      ? { buffer: buffer.name, offset: address - buffer.address }
      : { buffer: null, offset: null };
    return { ...access, ...place, symbol };
  }

  /** The same, as `JSON.stringify` writes it. */
  text(batch: AccessBatch, row: number): string {
    const address = batch.address[row]!;
    const size = batch.size[row]!;
    const flags = batch.flags[row]!;
    const { hex, symbolText } = this.#instruction(batch.ip[row]!);
    return (
      `{"kind":"${kindOf(flags)}","address":"0x${address.toString(16)}","size":${size},` +
      `"certain":${isCertain(flags)},"ip":"${hex}","thread":${batch.thread[row]},` +
      `"origin":"${originOf(flags)}",${this.#placeText(address, size)}"symbol":${symbolText}}`
    );
  }

  #placeText(address: number, size: number): string {
    if (!this.index) return "";
    const at = this.index.nearest(address, size);
    if (at < 0) return '"buffer":null,"offset":null,';
    return `"buffer":${this.#names[at]},"offset":${address - this.index.starts[at]!},`;
  }

  #instruction(ip: number): Instruction {
    let instruction = this.#instructions.get(ip);
    if (!instruction) {
      const symbol = this.symbolizer.symbolOf(ip);
      instruction = { hex: toHex(ip), symbol, symbolText: JSON.stringify(symbol) };
      this.#instructions.set(ip, instruction);
    }
    return instruction;
  }
}

export const kindOf = (flags: number): JsonAccess["kind"] =>
  flags & AccessFlag.UNKNOWN ? "unknown" : flags & AccessFlag.WRITE ? "write" : "read";

export const isCertain = (flags: number) =>
  (flags & (AccessFlag.UNCERTAIN | AccessFlag.UNKNOWN)) === 0;

export const originOf = (flags: number): AccessOrigin =>
  flags & AccessFlag.KERNEL ? "kernel" : "user";
