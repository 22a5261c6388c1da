/** One range that a syscall read or wrote for the tracee. */
export interface KernelAccess {
  readonly kind: "read" | "write" | "unknown";
  readonly address: bigint;
  /** In bytes. */
  readonly size: bigint;
}

type Describe = (args: readonly bigint[], result: bigint) => KernelAccess[];

const wrote: Describe = ([, buffer], result) => [{ kind: "write", address: buffer!, size: result }];
const read: Describe = ([, buffer], result) => [{ kind: "read", address: buffer!, size: result }];

/** By number (asm/unistd_64.h): what a call that succeeded with `result` did to memory. */
const DESCRIPTIONS: ReadonlyMap<number, Describe> = new Map([
  [0, wrote], // read
  [1, read], // write
  [17, wrote], // pread64
  [18, read], // pwrite64
  [44, read], // sendto
  [45, wrote], // recvfrom
  [79, ([buffer], result) => [{ kind: "write", address: buffer!, size: result }]], // getcwd
  [318, ([buffer], result) => [{ kind: "write", address: buffer!, size: result }]], // getrandom
]);

/**
 * What a syscall that returned `result` did to the memory at `pointers` (those of its arguments that
 * lie in the heap). A syscall that is not described gives one `unknown` for each: said, not guessed.
 */
export function kernelAccesses(
  number: number,
  args: readonly bigint[],
  pointers: readonly bigint[],
  result: bigint,
): KernelAccess[] {
  const describe = DESCRIPTIONS.get(number);
  if (!describe) return pointers.map((address) => ({ kind: "unknown", address, size: 0n }));
  if (result <= 0n) return [];
  return describe(args, result).filter(({ address }) => pointers.includes(address));
}
