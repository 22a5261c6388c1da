import type { Block, FaultPoint } from "./block.js";

/** A place in the code of a block. */
export interface Place {
  readonly block: Block;
  /** In the block's code. */
  readonly offset: number;
  /** The instruction whose code it lies in. */
  readonly instruction: number;
  /** It is where that code begins. */
  readonly isStart: boolean;
  readonly fault: FaultPoint | null;
  /** r15 is past the block's records. */
  readonly isAdvanced: boolean;
}

/** What the code at `address` is for; null between blocks. `blocks`: in order of address. */
export function placeIn(blocks: readonly Block[], address: number): Place | null {
  let low = 0;
  let high = blocks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blocks[middle]!.at <= address) low = middle + 1;
    else high = middle;
  }
  const block = blocks[low - 1];
  if (!block || address >= block.at + block.size) return null;
  const offset = address - block.at;
  let instruction = block.starts.length - 1;
  while (instruction > 0 && block.starts[instruction]! > offset) instruction--;
  return {
    block,
    offset,
    instruction,
    isStart: block.starts[instruction] === offset,
    fault: block.faultPoints.find((point) => point.offset === offset) ?? null,
    isAdvanced: offset >= block.advancedAt,
  };
}
