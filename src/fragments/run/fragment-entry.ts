import type { ViewDistance } from "../../guard/view-distance.js";
import type { Tid, TraceeAddress } from "../../model/index.js";
import { VIEW_DISTANCE } from "../../native/memory/heap-mapping.js";
import { Reg, RegisterFile } from "../../native/ptrace/registers.js";
import { isToBeRestarted } from "../../native/ptrace/restart.js";
import type { Thread } from "../../threads/thread-table.js";
import { stepsItself } from "../../threads/trap-flag.js";
import type { CodeCache } from "../cache/code-cache.js";
import { NO_EXIT, Slot } from "../cache/thread-area.js";
import type { Translator } from "../translate/translator.js";
import type { FragmentStats } from "./fragment-stats.js";
import { Heat } from "./heat.js";
import type { MappingCheck } from "./mapping-check.js";
import type { ThreadsInFragments } from "./threads-in-fragments.js";

/**
 * Misses that may trap for each entry into fragments, and at the most. Translating everything that
 * runs at once would cost more than the entries have cost so far.
 */
const MISSES_AN_ENTRY = 1;
const MAX_MISSES = 64;

/** Enters fragments with stopped threads. They log on behind their unread records. */
export class FragmentEntry {
  readonly #heat = new Heat();

  constructor(
    readonly inside: ThreadsInFragments,
    readonly translator: Translator,
    readonly distance: ViewDistance,
    readonly mappings: MappingCheck,
    readonly stats: FragmentStats,
  ) {}

  /** At a fault on the guard, at the program's own instruction. False where none is entered. */
  atFault(thread: Thread): boolean {
    const { tid } = thread;
    const { stats } = this;
    const registers = RegisterFile.of(tid);
    const { ip } = registers;
    if (this.#hasLeftAt(tid, ip)) return stats.refuse("operand");
    if (!this.#heat.faulted(ip)) return stats.refuse("cold");
    const distance = this.distance.find(tid);
    if (distance === null) return stats.refuse("view");
    this.mappings.ensure(thread, distance);
    this.translator.source.warm(ip);
    if (this.translator.modes.isRefused(ip)) return stats.refuse("instruction");
    return this.at(thread, registers) || stats.refuse("code");
  }

  /** Behind an instruction that the reference engine has run, if what follows is translated. */
  behind(thread: Thread): void {
    const cache = this.inside.threads.get(thread.tid)?.cache;
    if (!cache) return;
    const registers = RegisterFile.of(thread.tid);
    if (cache.blocks.has(registers.ip)) this.at(thread, registers);
  }

  /** As {@link behind}, at the exit of a syscall. */
  behindSyscall(thread: Thread): void {
    if (!isToBeRestarted(RegisterFile.of(thread.tid))) this.behind(thread);
  }

  /** At `registers.ip`. False where that cannot be translated, or the program uses gs or steps itself. */
  at(thread: Thread, registers: RegisterFile): boolean {
    const { tid } = thread;
    const distance = this.distance.find(tid);
    if (distance === null || usesGs(registers) || stepsItself(registers)) return false;
    this.mappings.ensure(thread, distance);
    this.translator.pageTable.update();
    const inner = this.inside.threads.ensure(tid);
    if (!inner) return false;
    const { cache } = inner;
    cache.setDistance(distance);
    const block =
      cache.blocks.get(registers.ip) ??
      this.translator.translate(cache, tid, registers.ip, registers);
    if (!block) return false;
    this.#followExit(cache, tid, registers);
    if (cache.log.isDue) this.inside.log.takeAll(cache, tid);
    cache.enterAt(block, registers);
    registers.write(tid);
    inner.pending = true;
    this.stats.entries++;
    inner.missesLeft = Math.min(inner.missesLeft + MISSES_AN_ENTRY, MAX_MISSES);
    cache.setTrapping(true);
    return true;
  }

  /** The program's code has changed. */
  clear(): void {
    this.#heat.clear();
  }

  #hasLeftAt(tid: Tid, ip: TraceeAddress): boolean {
    const thread = this.inside.threads.get(tid);
    if (!thread) return false;
    const { leftAt } = thread;
    thread.leftAt = null;
    return leftAt === ip;
  }

  /** Where the thread last left, it could have gone on. */
  #followExit(cache: CodeCache, tid: Tid, registers: RegisterFile): void {
    const slots = cache.readSlots();
    if (slots.readInt32LE(Slot.exit) === NO_EXIT) return;
    cache.forgetExit();
    const target = Number(slots.readBigUInt64LE(Slot.target)) as TraceeAddress;
    const known = cache.blocks.get(target);
    const block = known ?? this.translator.translate(cache, tid, target, registers);
    if (block) cache.enterIndirectly(block);
  }
}

/** The program uses gs itself: its base is neither 0 nor one that an earlier call has left. */
function usesGs({ words }: RegisterFile): boolean {
  const base = Number(BigInt.asIntN(64, words[Reg.gsBase]!));
  return base !== 0 && Math.abs(base) !== Math.abs(VIEW_DISTANCE);
}
