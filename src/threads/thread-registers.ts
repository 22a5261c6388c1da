import type { Tid } from "../model/index.js";
import { readXsaveLayout, type XsaveLayout } from "../native/cpuid.js";
import { readXstate } from "../native/ptrace/ptrace.js";
import { Reg, type RegisterFile } from "../native/ptrace/registers.js";
import type { Registers } from "../x86/decode/index.js";

/** user_regs_struct words in the instruction set's encoding order: rax, rcx, rdx, rbx, rsp, ... */
export const ENCODING_ORDER = [
  ...[Reg.rax, Reg.rcx, Reg.rdx, Reg.rbx, Reg.rsp, Reg.rbp, Reg.rsi, Reg.rdi],
  ...[Reg.r8, Reg.r9, Reg.r10, Reg.r11, Reg.r12, Reg.r13, Reg.r14, Reg.r15],
];

/** Larger than any XSAVE area, in bytes: the largest has 8 KiB of AMX tiles. */
const XSTATE_SIZE = 16384;

// The legacy region and the header of an XSAVE area (SDM vol. 1, 13.4), in bytes.
const ST0 = 32;
const XMM0 = 160;
const XCR0_IN_SW_RESERVED = 464; // the kernel puts it there for NT_X86_XSTATE (arch/x86/kernel/fpu)
const XSTATE_BV = 512;

// State components (SDM vol. 1, 13.1).
const AVX = 2;
const OPMASK = 5;
const ZMM_HI256 = 6;
const HI16_ZMM = 7;

let layout: XsaveLayout | null = null;

/** The registers of a stopped thread as the decoder asks for them; extended state is fetched on demand. */
export class ThreadRegisters implements Registers {
  #xstate: Buffer | null = null;

  constructor(
    readonly tid: Tid,
    readonly file: RegisterFile,
  ) {}

  gpr(number: number): bigint {
    return this.file.words[ENCODING_ORDER[number]!]!;
  }

  rflags(): bigint {
    return this.file.words[Reg.eflags]!;
  }

  fsBase(): bigint {
    return this.file.words[Reg.fsBase]!;
  }

  gsBase(): bigint {
    return this.file.words[Reg.gsBase]!;
  }

  vector(number: number): Uint8Array {
    const zmm = new Uint8Array(64);
    if (number >= 16) {
      zmm.set(this.#component(HI16_ZMM, (number - 16) * 64, 64));
      return zmm;
    }
    if (this.#inUse() & 2n)
      zmm.set(
        this.#state()
          .subarray(XMM0 + number * 16)
          .subarray(0, 16),
      );
    zmm.set(this.#component(AVX, number * 16, 16), 16);
    zmm.set(this.#component(ZMM_HI256, number * 32, 32), 32);
    return zmm;
  }

  opmask(number: number): bigint {
    const bytes = this.#component(OPMASK, number * 8, 8);
    return bytes.length === 0 ? 0n : Buffer.from(bytes).readBigUInt64LE();
  }

  mmx(number: number): Uint8Array {
    const top = (this.#state().readUInt16LE(2) >> 11) & 7; // st(i) is physical register (i + TOP) mod 8
    const slot = (number - top + 8) & 7;
    return this.#state().subarray(ST0 + slot * 16, ST0 + slot * 16 + 8);
  }

  xcr0(): bigint {
    return this.#state().readBigUInt64LE(XCR0_IN_SW_RESERVED);
  }

  xstateSize(): number {
    return this.#state().length;
  }

  stateComponent(component: number): { readonly offset: number; readonly size: number } | null {
    layout ??= readXsaveLayout();
    return layout.get(component) ?? null;
  }

  /** Reads the extended state now, before the thread runs on. */
  fetchExtended(): this {
    this.#state();
    return this;
  }

  /** The components that are not in their initial state (XSTATE_BV). */
  #inUse(): bigint {
    return this.#state().readBigUInt64LE(XSTATE_BV);
  }

  /** Bytes of a state component; none where it is in its initial state (zeros) or not there. */
  #component(component: number, offset: number, length: number): Uint8Array {
    const place = this.stateComponent(component);
    if (!place || !(this.#inUse() & (1n << BigInt(component)))) return new Uint8Array(0);
    const start = place.offset + offset;
    return this.#state().subarray(start, start + length);
  }

  #state(): Buffer {
    if (this.#xstate === null) {
      const area = Buffer.alloc(XSTATE_SIZE);
      this.#xstate = area.subarray(0, readXstate(this.tid, area));
    }
    return this.#xstate;
  }
}
