/** Registers by their DWARF numbers (System V ABI, AMD64, figure 3.36); null for one that is not known. */
export type FrameRegisters = readonly (bigint | null)[];

export const RBP = 6;
export const RSP = 7;
/** The return address's column: the instruction pointer. */
export const RIP = 16;
export const REGISTER_COUNT = 17;

/** By name, in that order. */
export const DWARF_ORDER = [
  ...(["rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp"] as const),
  ...(["r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "rip"] as const),
] as const;
