import type { MemoryReader, Registers } from "../../dist/x86/decode/index.js";

/** Where the probe has its memory. `heap` lies in the middle of 8 pages between inaccessible ones. */
export const HEAP = { start: 0x10000000, end: 0x10008000 } as const;
export const SYMBOLS: Readonly<Record<string, number>> = {
  heap: 0x10004000,
  other: 0x20008000,
  stack: 0x30008000,
  readonly: 0x40000000,
};
/** Where the probe puts the instruction. */
export const CODE = 0x50000800;

export const GPR_NAMES = "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15".split(" ");

/** Registers and memory as a test sets them up. */
export class Machine {
  readonly gprs = new Map<number, bigint>([[4, BigInt(SYMBOLS.stack!)]]);
  readonly vectors = new Map<number, Uint8Array>();
  readonly opmasks = new Map<number, bigint>();
  readonly mmxs = new Map<number, Uint8Array>();
  readonly memory = new Map<number, Uint8Array>();
  flags = 0n;
  fs = 0n;
  gs = 0n;
  /** The components that start in use (the probe's only). */
  inUse: bigint | null = null;
  enabled = 0xe7n;
  stateSize = 2432;

  registers(): Registers {
    return {
      gpr: (n) => this.gprs.get(n) ?? 0n,
      rflags: () => this.flags,
      fsBase: () => this.fs,
      gsBase: () => this.gs,
      vector: (n) => padded(this.vectors.get(n), 64),
      opmask: (n) => this.opmasks.get(n) ?? 0n,
      mmx: (n) => padded(this.mmxs.get(n), 8),
      xcr0: () => this.enabled,
      xstateSize: () => this.stateSize,
    };
  }

  /** Reads what was set; other memory reads as zeros. */
  readonly reader: MemoryReader = (address, size) => {
    const bytes = new Uint8Array(size);
    for (const [start, content] of this.memory) {
      for (const [i, byte] of content.entries()) {
        const at = start + i - address;
        if (at >= 0 && at < size) bytes[at] = byte;
      }
    }
    return bytes;
  };
}

function padded(bytes: Uint8Array | undefined, size: number): Uint8Array {
  const result = new Uint8Array(size);
  result.set(bytes ?? []);
  return result;
}
