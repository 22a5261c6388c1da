import {
  type AccessBatch,
  ARGUMENTS_TOLD,
  type EntryArguments,
  entryArgument,
} from "../model/index.js";
import type { Arguments } from "./counted-functions.js";

/** A function that a thread has entered. */
export interface EnteredCall {
  /** Its first instruction. */
  readonly entry: number;
  readonly args: Arguments;
}

/** Which function each thread has entered last, of those that are told. */
export class EnteredCalls {
  /** Before the batch that is judged. */
  readonly #before = new Map<number, EnteredCall>();

  /** What the thread of row `row` of `batch` had entered by then; null for nothing. */
  at(batch: AccessBatch, row: number): EnteredCall | null {
    const thread = batch.thread[row]!;
    const { entered } = batch;
    for (let at = entered ? lastUpTo(entered, row) : -1; at >= 0; at--) {
      if (entered!.thread[at] === thread) return callAt(entered!, at);
    }
    return this.#before.get(thread) ?? null;
  }

  /** All of `batch` was judged. */
  passed({ entered }: AccessBatch): void {
    if (!entered) return;
    const last = new Map<number, number>();
    for (let at = 0; at < entered.length; at++) last.set(entered.thread[at]!, at);
    for (const [thread, at] of last) this.#before.set(thread, callAt(entered, at));
  }
}

/** The last that came before the access in row `row`; -1 for none. */
function lastUpTo({ row: rows, length }: EntryArguments, row: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]! <= row) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function callAt(entered: EntryArguments, at: number): EnteredCall {
  return {
    entry: entered.entry[at]!,
    args: Array.from({ length: ARGUMENTS_TOLD }, (_, index) => entryArgument(entered, at, index)),
  };
}
