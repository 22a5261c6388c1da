import type { Tid, TraceeAddress } from "../../model/index.js";
import type { RegisterFile } from "../../native/ptrace/registers.js";
import type { Block } from "../cache/block.js";
import type { CodeCache } from "../cache/code-cache.js";
import type { Injector } from "../cache/injector.js";
import type { PageTable } from "../cache/page-table.js";
import type { LogReader } from "../log/log-reader.js";
import { BLOCK_ROOM, buildBlock } from "./block-builder.js";
import type { CodeSource } from "./code-source.js";
import type { OperandModes } from "./operand-modes.js";

/** Instructions translated at one stop, for each stop before it; and at the most. */
const BUDGET_A_STOP = 16;
const MAX_BUDGET = 128;
/** The same at a branch to what is not translated: a stop costs as much as a few instructions. */
const BUDGET_A_BRANCH = 48;
/** The log has 16 bits for a block's number, and 0 is none. */
const LAST_ID = 0xffff;

export interface TranslationStats {
  /** Blocks translated. */
  fragments: number;
  /** Instructions translated. */
  translated: number;
  /** Time that took, in ms. */
  translationMs: number;
}

/** Puts blocks of the program's code into the caches of threads. */
export class Translator {
  readonly stats: TranslationStats = { fragments: 0, translated: 0, translationMs: 0 };
  /** Functions whose arguments are to be told. What was translated before stays as it is. */
  entries: ReadonlySet<number> = new Set();
  /** Instructions behind calls: `ret` goes there. */
  readonly #returnSites = new Set<number>();
  readonly #freeIds: number[] = [];
  #nextId = 1;
  #stops = 0;

  constructor(
    readonly code: Injector,
    readonly source: CodeSource,
    readonly modes: OperandModes,
    readonly pageTable: PageTable,
    readonly reader: LogReader,
  ) {}

  /**
   * Translates the block at `ip`, and what can be reached from it, as far as the stops so far say that it
   * is worth it. `registers`: of the thread, for a first guess at what operands point to. Null where
   * the code there cannot be translated.
   */
  translate(cache: CodeCache, tid: Tid, ip: TraceeAddress, registers: RegisterFile): Block | null {
    this.#stops++;
    const budget = Math.min(MAX_BUDGET, BUDGET_A_STOP * this.#stops);
    return this.#translate(cache, tid, ip, registers, budget);
  }

  /** As {@link translate}, at a branch that leads there: what follows will ask for more by itself. */
  translateTarget(
    cache: CodeCache,
    tid: Tid,
    ip: TraceeAddress,
    registers: RegisterFile,
  ): Block | null {
    return this.#translate(cache, tid, ip, registers, BUDGET_A_BRANCH);
  }

  #translate(
    cache: CodeCache,
    tid: Tid,
    ip: TraceeAddress,
    registers: RegisterFile,
    budget: number,
  ): Block | null {
    const began = performance.now();
    cache.addTogether(() => this.#buildAll(cache, tid, ip, registers, budget));
    this.stats.translationMs += performance.now() - began;
    return cache.blocks.get(ip) ?? null;
  }

  /** The block at `ip`, and what can be reached from it. */
  #buildAll(
    cache: CodeCache,
    tid: Tid,
    ip: TraceeAddress,
    registers: RegisterFile,
    budget: number,
  ): void {
    const queue = [ip];
    let left = budget;
    const seen = new Set(queue);
    for (let at = 0; at < queue.length && left > 0; at++) {
      const block = this.#build(cache, tid, queue[at]!, registers);
      if (!block) continue;
      left -= block.instructions;
      const links = block.exits.filter((exit) => exit.links).map((exit) => exit.target);
      for (const target of [...links, ...block.targets]) {
        if (seen.has(target) || cache.blocks.has(target)) continue;
        seen.add(target);
        queue.push(target);
      }
    }
  }

  /**
   * Translates anew the blocks that have the instruction at `ip`, whose operand is something else. False
   * where that instruction cannot be translated for what it is now.
   */
  again(cache: CodeCache, tid: Tid, ip: TraceeAddress, registers: RegisterFile): boolean {
    const began = performance.now();
    let isDone = true;
    for (const { ip: start } of cache.blocksWith(ip)) {
      const block = this.#build(cache, tid, start, registers);
      if (start === ip && block === null) isDone = false;
    }
    this.stats.translationMs += performance.now() - began;
    return isDone;
  }

  /** Forgets what a cache holds. Its thread must not be in it. */
  clear(cache: CodeCache): void {
    for (const { id } of cache.clear()) {
      this.reader.templates[id] = undefined;
      this.#freeIds.push(id);
    }
  }

  #build(cache: CodeCache, tid: Tid, ip: TraceeAddress, registers: RegisterFile): Block | null {
    const code = this.source.at(ip);
    if (!code || !this.#makeRoom(cache, tid, ip)) return null;
    const id = this.#freeIds.pop() ?? this.#nextId;
    if (id > LAST_ID) return null;
    if (id === this.#nextId) this.#nextId++;
    const built = buildBlock({
      id,
      ip,
      code,
      at: cache.placeFor(ip, BLOCK_ROOM),
      area: cache.area,
      pageTable: this.pageTable.address,
      modeOf: (source, address) => this.modes.of(source, address, registers),
      isEntry: (at) => this.entries.has(at),
      isRefused: (at) => this.modes.isRefused(at),
    });
    if (!built) {
      this.#freeIds.push(id);
      return null;
    }
    const { block } = built;
    this.reader.templates[id] = block.template;
    cache.add(block, built.code);
    this.#enterReturnSites(cache, block);
    this.stats.fragments++;
    this.stats.translated += block.instructions;
    return block;
  }

  #makeRoom(cache: CodeCache, tid: Tid, ip: TraceeAddress): boolean {
    if (this.pageTable.isCurrent && cache.hasRoom(ip, BLOCK_ROOM)) return true;
    return this.code.borrow(tid, () => {
      this.pageTable.ensure(tid);
      this.modes.canLookUp = this.pageTable.address !== 0;
      return cache.makeRoom(tid, ip, BLOCK_ROOM);
    });
  }

  #enterReturnSites(cache: CodeCache, block: Block): void {
    if (this.#returnSites.has(block.ip)) cache.enterIndirectly(block);
    for (const target of block.targets) {
      this.#returnSites.add(target);
      const known = cache.blocks.get(target);
      if (known) cache.enterIndirectly(known);
    }
  }
}
