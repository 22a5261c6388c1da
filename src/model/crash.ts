/** What an instruction wanted with an address. `access`: it reads and writes, or which is not known. */
export type CrashAccess = "read" | "write" | "execute" | "access";

/**
 * Why a signal came that ended the process, as far as that is known for certain. Addresses are hex
 * strings: it is kept in the context of machines.
 *
 * - `sent`: by a process, not raised by an instruction. `bySelf`: by its own (`abort`, `raise`).
 * - `unmapped`: there is no memory at the address.
 * - `protected`: there is memory, and it does not allow that. `protection`: as /proc/PID/maps has it.
 * - `kernel-space`: the address is in the kernel's half, which no program may touch.
 * - `non-canonical`: the address is none at all: it is in neither half.
 * - `misaligned`: an instruction that takes only multiples of `alignment` bytes.
 * - `stack-overflow`: the stack had no room. `end`: its lowest address, where that is known.
 *   `missing`: how far below it the stack was wanted, in bytes.
 * - `past-file-end`: a page of a mapped file that the file does not reach.
 * - `forbidden`: an instruction that only the system may run, or with operands that are not allowed.
 */
export type CrashCause =
  | { readonly kind: "sent"; readonly bySelf: boolean }
  | { readonly kind: "unmapped" | "kernel-space" | "non-canonical"; readonly access: CrashAccess }
  | { readonly kind: "protected"; readonly access: CrashAccess; readonly protection: string }
  | { readonly kind: "misaligned"; readonly alignment: number }
  | {
      readonly kind: "stack-overflow";
      readonly end: string | null;
      readonly missing: number | null;
    }
  | { readonly kind: "past-file-end" | "forbidden" }
  | { readonly kind: "integer-division" | "floating-point" }
  | { readonly kind: "illegal-instruction" | "breakpoint" };
