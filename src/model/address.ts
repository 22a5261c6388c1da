declare const tracee: unique symbol;

/** An address in the tracee, in bytes. Never dereferenced by us. A number: user space ends at 2^47. */
export type TraceeAddress = number & { readonly [tracee]: "address" };

/** A thread of the tracee, as the kernel numbers it. */
export type Tid = number & { readonly [tracee]: "tid" };

/** A process, as the kernel numbers it: the tid of its first thread. */
export type Pid = number & { readonly [tracee]: "pid" };

/** x86-64 base page, in bytes. */
export const PAGE_SIZE = 4096;

/** First address past user space with four-level page tables. */
export const USER_SPACE_END = 2 ** 47;

/** `0x…` as machine context and JSON carry addresses. */
export function toHex(address: number | bigint): string {
  return `0x${address.toString(16)}`;
}

/** The first byte of the page that `address` lies in. */
export function pageOf(address: number): TraceeAddress {
  return (address - (address % PAGE_SIZE)) as TraceeAddress;
}

/** Bytes `[start, end)` of the tracee. */
export interface AddressRange {
  readonly start: TraceeAddress;
  readonly end: TraceeAddress;
}
