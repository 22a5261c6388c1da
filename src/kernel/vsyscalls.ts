import type { GuardedMemory } from "../guard/guarded-memory.js";
import type { EventBuffer } from "../model/event-buffer.js";
import { AccessFlag, type TraceeAddress } from "../model/index.js";
import { PROT_READ, PROT_WRITE, readMappings } from "../native/memory/maps.js";
import { Reg, RegisterFile } from "../native/ptrace/registers.js";
import type { SignalInfo } from "../native/ptrace/siginfo.js";
import { SI_KERNEL } from "../native/ptrace/signals.js";
import type { Thread, ThreadTable } from "../threads/thread-table.js";
import { accessibleLength } from "./accessible.js";
import { GuardedWrite } from "./guarded-write.js";

/** By address: the system call, and how much it writes to its first two arguments, in bytes. */
const CALLS: ReadonlyMap<bigint, { readonly number: number; readonly sizes: readonly number[] }> =
  new Map([
    [0xffffffffff600000n, { number: 96, sizes: [16, 8] }], // gettimeofday
    [0xffffffffff600400n, { number: 201, sizes: [8] }], // time
    [0xffffffffff600800n, { number: 309, sizes: [4, 4] }], // getcpu
  ]);
const RETURN_ADDRESS = 8;
const ARGUMENTS = [Reg.rdi, Reg.rsi] as const;

/**
 * Calls of the vsyscall page (arch/x86/entry/vsyscall): no instruction runs there, and no stop comes
 * before the kernel has tried and raised SIGSEGV, for it cannot reach guarded memory.
 */
export class Vsyscalls {
  readonly #writer: GuardedWrite;

  constructor(
    readonly memory: GuardedMemory,
    threads: ThreadTable,
    readonly events: EventBuffer,
  ) {
    this.#writer = new GuardedWrite(memory, threads);
  }

  /** The thread has made one that has failed for guarded memory alone: {@link serve} makes it. */
  failed({ tid }: Thread, { code }: SignalInfo): boolean {
    if (code !== SI_KERNEL) return false;
    const areas = this.#areas(RegisterFile.of(tid));
    if (!areas?.some(({ address, size }) => this.memory.guard.touches(address, address + size))) {
      return false;
    }
    const mappings = () => readMappings(tid);
    return areas.every(
      ({ address, size, protection }) =>
        accessibleLength(this.memory.guard, mappings, address, size, protection) === size,
    );
  }

  /** Makes the call, and returns from it. */
  serve(thread: Thread): void {
    const { tid } = thread;
    const { code } = this.memory;
    const before = RegisterFile.of(tid);
    const { number } = CALLS.get(before.words[Reg.rip]!)!;
    const [stack, ...areas] = this.#areas(before)!;
    const room = code.borrow(tid, () => code.roomAt(tid));
    const place = (i: number) => (room + 16 * i) as TraceeAddress;
    const args = areas.map(({ size }, i) => (size > 0 ? place(i) : 0));
    const caller = Buffer.alloc(RETURN_ADDRESS);
    code.memory.read(stack!.address, caller);
    code.borrow(tid, (registers) => {
      const result = code.quietSyscall(tid, number, ...args);
      registers.words[Reg.rax] = BigInt.asUintN(64, BigInt(result));
      registers.words[Reg.rip] = caller.readBigUInt64LE();
      registers.words[Reg.rsp]! += BigInt(RETURN_ADDRESS);
      registers.forgetSyscall();
    });
    // In the call instruction, as a backtrace has it: the page's own address is no exact number here.
    const ip = (Number(caller.readBigUInt64LE()) - 1) as TraceeAddress;
    this.#record(stack!, ip, tid, 0);
    for (const [i, area] of areas.entries()) {
      if (area.size === 0) continue;
      const bytes = Buffer.alloc(area.size);
      code.memory.read(place(i), bytes);
      this.#writer.write(thread, area.address, bytes);
      this.#record(area, ip, tid, AccessFlag.WRITE);
    }
  }

  #record(area: Area, ip: TraceeAddress, tid: Thread["tid"], flag: number): void {
    for (const [start, end] of this.memory.guard.clip(area.address, area.address + area.size)) {
      this.events.add(start, end - start, ip, tid, AccessFlag.KERNEL | flag);
    }
  }

  /** The return address on the stack, and what is written; null where the thread is in no such call. */
  #areas({ words }: RegisterFile): Area[] | null {
    const call = CALLS.get(words[Reg.rip]!);
    if (!call) return null;
    const areas = call.sizes.map((size, i) => {
      const address = Number(words[ARGUMENTS[i]!]) as TraceeAddress;
      return { address, size: address === 0 ? 0 : size, protection: PROT_WRITE };
    });
    const address = Number(words[Reg.rsp]) as TraceeAddress;
    return [{ address, size: RETURN_ADDRESS, protection: PROT_READ }, ...areas];
  }
}

interface Area {
  readonly address: TraceeAddress;
  /** In bytes; 0 for a null pointer. */
  readonly size: number;
  readonly protection: number;
}
