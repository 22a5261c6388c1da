/** The calls that are compared: those of one library, and the sizes that each function is given. */
export interface Group {
  /** Null for libc. */
  readonly library: { readonly soname: string; readonly debianPackage: string } | null;
  /** By function, `SIZE@PLACEMENT`: test/fixtures/oracle/ says what a size is of. */
  readonly functions: Readonly<Record<string, readonly string[]>>;
  /** Those of them that access nothing. */
  readonly without?: readonly string[];
}

/** Where a buffer begins on its first page; or `end`, where it ends with its last one. */
type Placement = number | "end";

function sizes(list: readonly number[], placements: readonly Placement[] = [5]): string[] {
  return list.flatMap((size) => placements.map((placement) => `${size}@${placement}`));
}

/** Both sides of every number of bytes that glibc's implementations have code of their own for. */
const VECTOR_SIZES = [
  0, 1, 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 129, 255, 256, 1000,
];

const AT_THE_END = [0, 1, 8, 17, 31, 33, 64, 129, 256];

const MEMORY = [
  ...["memcpy", "mempcpy", "memmove-up", "memmove-down", "memset", "memcmp", "memcmp-unequal"],
  ...["memchr", "memchr-found", "memrchr", "memccpy", "memmem", "swab"],
];

const STRINGS = [
  ...["strlen", "strnlen", "strcpy", "stpcpy", "strncpy", "strcat", "strchr", "strchr-found"],
  ...[
    "strrchr",
    "strcmp",
    "strcmp-unequal",
    "strncmp",
    "strcasecmp",
    "strstr",
    "strspn",
    "strcspn",
  ],
  ...["wcslen", "wmemset"],
];

function each(functions: readonly string[], of: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(functions.map((name) => [name, [...of]]));
}

/** glibc's memory and string functions. */
export const BLOCKS: Group = {
  library: null,
  functions: {
    ...each([...MEMORY, ...STRINGS], [...sizes(VECTOR_SIZES), ...sizes(AT_THE_END, ["end"])]),
    swab: sizes([0, 1, 2, 3, 100, 300]),
  },
};

/** The same, for older implementations. */
export const OLDER_BLOCKS: Group = {
  library: null,
  functions: each([...MEMORY, ...STRINGS], sizes([0, 1, 3, 8, 15, 16, 33, 64, 129, 500])),
};

/** What is left to `rep movsb`, where it is used. */
export const REP_MOVSB: Group = {
  library: null,
  functions: {
    ...each(["memcpy", "memmove-down", "memmove-up"], sizes([255, 600, 1000, 4096], [0, 5, "end"])),
    snprintf: sizes([1000]),
  },
};

/** What is left to `rep stosb`, where it is used. */
export const REP_STOSB: Group = {
  library: null,
  functions: {
    memset: sizes([255, 2048, 4096, 5000], [0, 5, "end"]),
    strcpy: sizes([1000]),
  },
};

/** Large enough for copies past the cache, several pages at a time. */
export const LARGE_COPIES: Group = {
  library: null,
  functions: each(["memcpy", "memmove-up"], sizes([20_000, 40_000])),
};

const INSTRUCTION_NAMES = [
  ...["lock_add", "lock_inc", "lock_xadd", "xchg", "lock_cmpxchg_hit", "cmpxchg_hit"],
  ...["rep_movsb", "rep_movsq", "rep_movsw_down", "movsl", "rep_stosl", "rep_stosb_down"],
  ...["repne_scasb", "repe_scasl", "repe_cmpsq_same", "push_pop", "cmov_not_taken", "setc"],
  ...["movbe", "div", "imul", "neg", "shld", "adc", "prefetch", "x87_load", "x87_store"],
  ...["x87_integer", "x87_control", "x87_environment", "mxcsr", "movlps", "movss", "pextr"],
  ...["pmovzx", "pcmpistri", "vector_256", "broadcast", "masked_off", "gather"],
  ...["jump_memory"],
];

const ofAssembly = (names: readonly string[]) => names.map((name) => `asm-${name}`);

/** Instructions that the libraries' code does not have, or not in all its ways. */
export const INSTRUCTIONS: Group = {
  library: null,
  functions: {
    ...each(ofAssembly(INSTRUCTION_NAMES), [...sizes([0, 7, 12]), ...sizes([12], [0])]),
    "asm-non_temporal": sizes([12], [0]),
  },
  without: ofAssembly(["prefetch", "masked_off"]),
};

/**
 * Of these the bytes are the same. valgrind runs `fma` and masked moves an element at a time, and
 * `fxsave` a register at a time, where ffiscope has one access. Which operand of `repe cmps` is read
 * first is not documented: the processor that this was written on faults on rsi's before rdi's, and
 * without a prefix on rdi's before rsi's.
 */
export const SPLIT_INSTRUCTIONS: Group = {
  library: null,
  functions: {
    ...each(ofAssembly(["fma", "masked", "repe_cmpsb"]), sizes([0, 12])),
    "asm-fxsave": sizes([0], [0]),
  },
};

/** The rest of libc, and the other libraries. */
export const GROUPS: readonly (Group & { readonly title: string })[] = [
  {
    title: "libc and libm: numbers, formats, sorting, times",
    library: null,
    functions: {
      strtol: sizes([0, 1, 5, 18]),
      strtod: sizes([0, 1, 5, 18, 40]),
      strtold: sizes([1, 5, 18]),
      snprintf: sizes([0, 1, 20, 300]),
      "snprintf-cut": sizes([0, 1, 2, 20, 300]),
      sscanf: sizes([1, 5, 10]),
      qsort: sizes([0, 1, 2, 3, 10, 40]),
      "qsort-large": sizes([0, 1, 2, 20]),
      bsearch: sizes([0, 1, 2, 100]),
      mbstowcs: sizes([0, 1, 100]),
      wcstombs: sizes([0, 1, 100]),
      inet_pton: sizes([16]),
      inet_ntop: sizes([16]),
      gmtime_r: sizes([8]),
      asctime_r: sizes([26]),
      random_r: sizes([1, 3, 40]),
      fnmatch: sizes([0, 1, 100]),
      regexec: sizes([0, 1, 100]),
      frexp: sizes([8]),
      modf: sizes([8]),
      modfl: sizes([10]),
      sincos: sizes([8]),
      remquo: sizes([8]),
    },
  },
  {
    title: "zlib",
    library: { soname: "libz.so.1", debianPackage: "zlib1g" },
    functions: {
      crc32: sizes([0, 1, 3, 7, 8, 64, 1000, 4096], [0, 5]),
      adler32: sizes([0, 1, 15, 16, 17, 100, 600], [0, 5]),
      compress2: sizes([0, 1, 100, 2000]),
      uncompress: sizes([0, 1, 100, 600]),
      deflate: sizes([0, 60]),
      inflate: sizes([0, 1, 60, 400]),
    },
  },
  {
    title: "bzip2",
    library: { soname: "libbz2.so.1.0", debianPackage: "libbz2-1.0" },
    functions: {
      BZ2_bzBuffToBuffCompress: sizes([0, 100, 1500]),
      BZ2_bzBuffToBuffDecompress: sizes([1, 1500]),
      "BZ2_bzBuffToBuffDecompress-small": sizes([300]),
    },
  },
  {
    title: "lz4",
    library: { soname: "liblz4.so.1", debianPackage: "liblz4-1" },
    functions: {
      LZ4_compress_default: sizes([0, 1, 12, 13, 64, 1500]),
      LZ4_compress_HC: sizes([0, 1, 13, 400]),
      LZ4_compress_fast_extState: sizes([1, 13, 600]),
      LZ4_compress_destSize: sizes([4, 100, 1000]),
      LZ4_decompress_safe: [...sizes([0, 1, 12, 13, 64, 1500]), ...sizes([13, 400], ["end"])],
      LZ4_decompress_safe_partial: sizes([1, 64, 1000]),
    },
  },
  {
    title: "zstd",
    library: { soname: "libzstd.so.1", debianPackage: "libzstd1" },
    functions: {
      ZSTD_compress: sizes([0, 1, 100, 1000]),
      ZSTD_decompress: [...sizes([0, 1, 100, 1000]), ...sizes([400], ["end"])],
      ZSTD_getFrameContentSize: sizes([0, 300]),
    },
  },
  {
    title: "xz",
    library: { soname: "liblzma.so.5", debianPackage: "liblzma5" },
    functions: {
      lzma_crc32: sizes([0, 1, 7, 8, 64, 2000]),
      lzma_crc64: sizes([0, 1, 7, 8, 64, 2000]),
      lzma_easy_buffer_encode: sizes([0, 1, 100, 1000]),
      lzma_stream_buffer_decode: sizes([0, 1, 100, 1000]),
    },
  },
  {
    title: "xxhash",
    library: { soname: "libxxhash.so.0", debianPackage: "libxxhash0" },
    functions: {
      XXH32: sizes([0, 1, 15, 16, 17, 1000]),
      XXH64: sizes([0, 1, 31, 32, 33, 1000]),
      XXH3_64bits: sizes([0, 1, 3, 4, 8, 9, 16, 17, 128, 129, 240, 241, 2000]),
    },
  },
  {
    title: "sqlite3",
    library: { soname: "libsqlite3.so.0", debianPackage: "libsqlite3-0" },
    functions: {
      sqlite3_complete: sizes([0, 1, 100]),
      sqlite3_strglob: sizes([0, 1, 100]),
      sqlite3_snprintf: sizes([0, 1, 100]),
      sqlite3_exec: sizes([40], [0]),
      "sqlite3_exec-pages": sizes([1, 300], [0]),
    },
  },
];

/** `crc32:1000@5` and so on: all cases of a group, or of one of its functions. */
export function casesOf({ functions }: Group, name?: string): string[] {
  const names = name === undefined ? Object.keys(functions) : [name];
  return names.flatMap((of) => functions[of]!.map((size) => `${of}:${size}`));
}
