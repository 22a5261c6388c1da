/**
 * What the decoder asks of a stopped thread. General registers are cheap (PTRACE_GETREGS); the
 * methods under "extended state" cost a PTRACE_GETREGSET of NT_X86_XSTATE and are called only for
 * instructions whose {@link DecodedInstruction.needs} says `vectors`.
 */
export interface Registers {
  /** General register in encoding order: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15. */
  gpr(number: number): bigint;
  rflags(): bigint;
  fsBase(): bigint;
  gsBase(): bigint;

  // Extended state.
  /** zmm0 to zmm31, 64 bytes, lowest byte first; zeros above what the processor has. */
  vector(number: number): Uint8Array;
  /** k0 to k7. */
  opmask(number: number): bigint;
  /** mm0 to mm7, 8 bytes: the significands of the x87 registers, by physical number. */
  mmx(number: number): Uint8Array;
  /** The state components that the system has enabled (xgetbv with ecx = 0). */
  xcr0(): bigint;
  /** Of the thread's NT_X86_XSTATE register set, in bytes: it hints at the layout of XSAVE areas. */
  xstateSize(): number;
  /**
   * Where a state component lies in an XSAVE area of the standard format (CPUID leaf 0xD), in
   * bytes; null where the processor does not have it. Without this method the layout is guessed.
   */
  stateComponent?(component: number): { readonly offset: number; readonly size: number } | null;
}

/** Encoding numbers of the general registers that instructions use implicitly. */
export const Gpr = { rax: 0, rcx: 1, rdx: 2, rbx: 3, rsp: 4, rbp: 5, rsi: 6, rdi: 7 } as const;

/** Bits of rflags (SDM vol. 1, 3.4.3). */
export const Rflags = {
  carry: 1n << 0n,
  parity: 1n << 2n,
  zero: 1n << 6n,
  sign: 1n << 7n,
  direction: 1n << 10n,
  overflow: 1n << 11n,
} as const;
