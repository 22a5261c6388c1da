import type { Guard } from "../guard/guard.js";
import type { EventBuffer } from "../model/event-buffer.js";
import { AccessFlag, type Tid, type TraceeAddress } from "../model/index.js";
import type { SyscallEntry } from "../native/ptrace/ptrace.js";
import { Reg, RegisterFile } from "../native/ptrace/registers.js";
import type { TraceeMemory } from "../native/remote/tracee-memory.js";
import { SYSCALL_LENGTH } from "./restarts.js";

/** struct rt_sigframe, asm/sigframe.h, from the stack pointer at the handler's entry on. In bytes. */
const FRAME_SIZE = 440;
const CONTEXT = 8;
const CONTEXT_SIZE = 304;
const FPSTATE = 232;

/** struct _fpx_sw_bytes in the legacy area, asm/sigcontext.h. */
const LEGACY_SIZE = 512;
const SOFTWARE_BYTES = 464;
const XSTATE_MAGIC = 0x46505853;

/** The kernel takes an area of state at no other place. */
const STATE_ALIGNMENT = 64;

/** Part of a frame, `[start, start + size)` in bytes. */
interface Part {
  readonly start: number;
  readonly size: number;
}

/** The frame of a signal's handler, as rt_sigreturn(2) finds it. */
interface Frame extends Part {
  /** The floating point state; null where there is none. */
  readonly state: Part | null;
}

/**
 * Serves rt_sigreturn(2) of a handler whose stack is guarded memory: the kernel gets a copy of the
 * signal frame, from which it restores the thread's registers.
 */
export class SignalReturn {
  constructor(
    readonly memory: TraceeMemory,
    readonly guard: Guard,
    readonly events: EventBuffer,
  ) {}

  /** `scratch` gives so many bytes, in which nothing else lies until the call has ended. */
  entered(tid: Tid, { sp, ip }: SyscallEntry, scratch: (size: number) => TraceeAddress): void {
    const start = sp - 8; // the handler's return has popped its address
    if (!this.guard.touches(start, start + FRAME_SIZE)) return;
    const frame = this.#frameAt(start);
    if (!frame) return; // the kernel is to see what cannot be read
    const { state } = frame;
    const stateSize = state ? Math.ceil(state.size / STATE_ALIGNMENT) * STATE_ALIGNMENT : 0;
    const base = scratch(STATE_ALIGNMENT + stateSize + FRAME_SIZE);
    const stateCopy = Math.ceil(base / STATE_ALIGNMENT) * STATE_ALIGNMENT;
    const frameCopy = stateCopy + stateSize;
    const bytes = this.#read(frame)!;
    if (state) {
      bytes.writeBigUInt64LE(BigInt(stateCopy), FPSTATE);
      this.memory.write(stateCopy as TraceeAddress, this.#read(state)!);
    }
    this.memory.write(frameCopy as TraceeAddress, bytes);
    const registers = RegisterFile.of(tid);
    registers.words[Reg.rsp] = BigInt(frameCopy + 8);
    registers.write(tid);
    this.#record(tid, ip, { start: start + CONTEXT, size: CONTEXT_SIZE });
    if (state) this.#record(tid, ip, state);
  }

  #frameAt(start: number): Frame | null {
    const bytes = this.#read({ start, size: FRAME_SIZE });
    if (!bytes) return null;
    const at = Number(bytes.readBigUInt64LE(FPSTATE));
    if (at === 0) return { start, size: FRAME_SIZE, state: null };
    const legacy = this.#read({ start: at, size: LEGACY_SIZE });
    if (!legacy) return null;
    const isExtended = legacy.readUInt32LE(SOFTWARE_BYTES) === XSTATE_MAGIC;
    const size = isExtended ? legacy.readUInt32LE(SOFTWARE_BYTES + 4) : LEGACY_SIZE;
    const state = { start: at, size };
    return this.#read(state) ? { start, size: FRAME_SIZE, state } : null;
  }

  /** Null where not all of it is mapped. */
  #read({ start, size }: Part): Buffer | null {
    const bytes = Buffer.alloc(size);
    return this.memory.read(start as TraceeAddress, bytes) === size ? bytes : null;
  }

  #record(tid: Tid, ip: number, { start, size }: Part): void {
    const at = (ip - SYSCALL_LENGTH) as TraceeAddress;
    for (const [from, to] of this.guard.clip(start, start + size)) {
      this.events.add(from, to - from, at, tid, AccessFlag.KERNEL);
    }
  }
}
