import { PAGE_SIZE } from "../../model/index.js";
import type { SignalInfo } from "../../native/ptrace/siginfo.js";
import { SIGSEGV } from "../../native/ptrace/signals.js";
import type { Block } from "../cache/block.js";
import { RECORD_SIZE } from "../cache/template.js";
import type { LogRange } from "../cache/thread-memory.js";

/** A block that was left half-way: all its records are logged, but only a part has happened. */
export interface CutBlock {
  /** Where its records begin. */
  readonly at: number;
  readonly block: Pick<Block, "template">;
  /** It has come to this one. */
  readonly instruction: number;
  /** And has read that one's operands. */
  readonly reads: boolean;
}

/** Records that nobody has read, from one address to another; the cut blocks among them, in order. */
export interface Unread {
  readonly from: number;
  readonly end: number;
  readonly cuts: readonly CutBlock[];
}

/** The greatest age of unread records while their thread goes on, in ms, for those who watch. */
const LONGEST_WAIT_MS = 500;

/**
 * The state of one thread's log: how far it goes, and which records are unread. A thread that
 * leaves its fragments and comes back soon logs on behind its old records: reading takes longer
 * than most stops, and can wait until the thread does something whose event has to come after them.
 */
export class ThreadLog {
  /** The one that the thread writes to comes first. */
  readonly #ranges: LogRange[];
  /** Up to here it has been read. */
  #taken: number;
  /** While the thread is out of fragments: where it logs on. */
  #next: number;
  #cuts: CutBlock[] = [];
  #unreadSince = 0;

  constructor(ranges: readonly [LogRange, LogRange]) {
    this.#ranges = [...ranges];
    this.#taken = this.start;
    this.#next = this.start;
  }

  /** Of what the thread writes to. */
  get start(): number {
    return this.#ranges[0]!.start;
  }

  get end(): number {
    return this.#ranges[0]!.end;
  }

  get next(): number {
    return this.#next;
  }

  /** Something is left that was logged before the thread left its fragments. */
  get hasUnread(): boolean {
    return this.#next !== this.#taken;
  }

  /** What is unread is not to wait any longer. */
  get isDue(): boolean {
    if (!this.hasUnread) return false;
    return this.#next > this.end || performance.now() - this.#unreadSince > LONGEST_WAIT_MS;
  }

  /** The thread has left its fragments: its blocks have logged up to `end`, and `cut` not all. */
  leave(end: number, cut: Omit<CutBlock, "at"> | null): void {
    if (!this.hasUnread) this.#unreadSince = performance.now();
    this.#next = end;
    const records = cut?.block.template.records ?? 0;
    if (records === 0) return;
    this.#cuts.push({ ...cut!, at: end });
    this.#next += records * RECORD_SIZE;
  }

  /** What is unread up to `end`: that is to be read, and counts as read. */
  take(end: number): Unread {
    const unread = { from: this.#taken, end, cuts: this.#cuts };
    this.#taken = end;
    this.#cuts = [];
    return unread;
  }

  /** The thread is to write to its other log, from its beginning. */
  turn(): void {
    this.#ranges.reverse();
    this.restart();
  }

  /** It is written from its beginning again. */
  restart(): void {
    this.#taken = this.start;
    this.#next = this.start;
    this.#cuts = [];
  }

  /** The fault is at the page behind the log: there is no room for the next record. */
  isFull({ signal, faultAddress }: SignalInfo): boolean {
    return signal === SIGSEGV && faultAddress >= this.end && faultAddress < this.end + PAGE_SIZE;
  }
}
