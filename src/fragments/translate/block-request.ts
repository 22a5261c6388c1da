import type { TraceeAddress } from "../../model/index.js";
import type { Source } from "../../x86/encoding/source-instruction.js";
import type { Block, OperandMode } from "../cache/block.js";

/** What a block is built from and for. */
export interface BlockRequest {
  readonly id: number;
  readonly ip: TraceeAddress;
  /** The code from `ip` on. */
  readonly code: Uint8Array;
  /** Where the block will lie. */
  readonly at: number;
  /** The `Slot`s of the thread (thread-area.ts). */
  readonly area: number;
  readonly pageTable: number;
  /** How to treat a memory operand; `address` where no register is in it. */
  readonly modeOf: (source: Source, address: number | null) => OperandMode;
  /** A function begins at `ip` whose arguments are to be told. */
  readonly isEntry: (ip: number) => boolean;
  /** The instruction at `ip` is left to the reference engine. */
  readonly isRefused: (ip: number) => boolean;
}

export interface BuiltBlock {
  readonly block: Block;
  readonly code: Uint8Array;
}
