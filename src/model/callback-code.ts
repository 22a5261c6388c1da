/**
 * Where the built-in host has the code that stands for JavaScript functions: the same in each, so that an
 * address is good in the next. 2^45 bytes above and below it, as far as two views of memory are apart,
 * nothing of a process lies.
 */
export const CALLBACK_CODE = 0x3000_0000_0000;

/** Of one function's code, in bytes: `int3`, at which the tracer stops the thread, then `ret`. */
export const CALLBACK_BYTES = 16;

/** As many functions as there may be at a time. */
export const MOST_CALLBACKS = 4096;

/** One function's code. */
export function callbackCode(): Uint8Array {
  const code = new Uint8Array(CALLBACK_BYTES).fill(0xcc);
  code[1] = 0xc3;
  return code;
}

/** Whose `int3` is right before `ip`; null for other code. */
export function callbackBefore(ip: number): number | null {
  const offset = ip - 1 - CALLBACK_CODE;
  const isOne = offset >= 0 && offset < MOST_CALLBACKS * CALLBACK_BYTES;
  return isOne && offset % CALLBACK_BYTES === 0 ? offset / CALLBACK_BYTES : null;
}

/** A thread of the host has called a function of ours, and waits. */
export interface CallbackCall {
  readonly tid: number;
  /** Which: its number among {@link MOST_CALLBACKS}. */
  readonly callback: number;
  /** rdi, rsi, rdx, rcx, r8, r9. */
  readonly integers: BigUint64Array;
  /** xmm0 to xmm7, 16 bytes each. */
  readonly vectors: Uint8Array;
  /** Of the return address. */
  readonly stack: number;
}

/** What it returns. */
export interface CallbackAnswer {
  /** rax, rdx. */
  readonly integers: readonly [bigint, bigint];
  /** The low 8 bytes of xmm0, xmm1; null where they stay as they are. */
  readonly vectors: readonly [bigint, bigint] | null;
}
