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

/** Flags of shmat(2): linux/shm.h. */
export const SHM_RND = 0o20000;
export const SHM_REMAP = 0o40000;
export const SHM_EXEC = 0o100000;
/** Attached segments begin at multiples of this, in bytes (SHMLBA, asm/shmparam.h). */
export const SHM_ALIGNMENT = 4096;

/** Advice for madvise(2): asm-generic/mman-common.h. */
export const MADV_REMOVE = 9;
export const MADV_HUGEPAGE = 14;
export const MADV_POPULATE_READ = 22;
export const MADV_POPULATE_WRITE = 23;
