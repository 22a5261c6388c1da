/** System calls on mappings, by number (asm/unistd_64.h). */
export const SYS_MMAP = 9;
export const SYS_MPROTECT = 10;
export const SYS_MUNMAP = 11;
export const SYS_MREMAP = 25;
export const SYS_MADVISE = 28;

/** Flags of mmap(2): asm-generic/mman-common.h, asm/mman.h. */
export const MAP_SHARED = 0x01;
export const MAP_PRIVATE = 0x02;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;
export const MAP_32BIT = 0x40;
export const MAP_NORESERVE = 0x4000;
export const MAP_FIXED_NOREPLACE = 0x100000;

/** Flags of mremap(2): linux/mman.h. */
export const MREMAP_MAYMOVE = 1;
export const MREMAP_FIXED = 2;
export const MREMAP_DONTUNMAP = 4;

/** Advice for madvise(2): asm-generic/mman-common.h. */
export const MADV_HUGEPAGE = 14;
