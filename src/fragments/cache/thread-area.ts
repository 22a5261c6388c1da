/**
 * What a thread's fragments keep in memory. It lies below 2 GiB, so that it is reached without a
 * register and through no segment. Offsets in bytes.
 */
export const Slot = {
  /** The program's r14 and r15 while fragments use these. */
  r14: 0,
  r15: 8,
  /** Where the code that enters a fragment goes. */
  entry: 16,
  /** The end of the log, while r15 is the program's. */
  log: 24,
  /** The program's rcx, for a few instructions. */
  rcx: 32,
  /** Where a branch goes that has left. */
  target: 40,
  /** How fragments were left: {@link TOWARDS_TARGET} or {@link NO_EXIT}. 32 bits. */
  exit: 48,
  /** Which block made the last branch through the table, by its number. 32 bits. */
  from: 52,
  /** Selects an address's page number, for `pext`. */
  pageMask: 56,
  /** What is added to an address, by the entry of the page table: 0, and the distance of the views. */
  bias: 64,
  /** What a repeated string instruction has added to rdi and to rsi. */
  biasOfRdi: 80,
  biasOfRsi: 88,
} as const;

/** In bytes, from the first slot. */
export const SLOTS_SIZE = 96;

/** For what is in {@link Slot.target}, which may be translated. */
export const TOWARDS_TARGET = 1;
export const NO_EXIT = 0;

/** The table of branch targets: an entry for each value of an address's low 16 bits. */
export const BRANCH_TABLE = 4096;
export const BRANCH_ENTRIES = 65536;
export const THREAD_AREA_SIZE = BRANCH_TABLE + 8 * BRANCH_ENTRIES;

/** Of the address space, in pages: one byte each in the page table, 1 where a page is traced. */
export const PAGE_TABLE_SIZE = 2 ** 35;
export const PAGE_MASK = 0x7fff_ffff_f000n;
