import type { CType } from "../model/index.js";

const int = (bytes: 1 | 2 | 4 | 8 | 16, signed: boolean, char = false): CType => ({
  kind: "int",
  bytes,
  signed,
  char,
});

export const CHAR = int(1, true, true);
export const I8 = int(1, true);
export const U8 = int(1, false);
export const I16 = int(2, true);
export const U16 = int(2, false);
export const I32 = int(4, true);
export const WCHAR = int(4, true, true);
export const CHAR16 = int(2, false, true);
export const CHAR32 = int(4, false, true);
export const U32 = int(4, false);
export const I64 = int(8, true);
export const U64 = int(8, false);
export const I128 = int(16, true);
export const U128 = int(16, false);
export const FLOAT: CType = { kind: "float", bytes: 4 };
export const DOUBLE: CType = { kind: "float", bytes: 8 };
export const LONG_DOUBLE: CType = { kind: "float", bytes: 16 };
export const complex = (bytes: 8 | 16 | 32): CType => ({ kind: "complex", bytes });
export const VOID: CType = { kind: "void" };
export const BOOL: CType = { kind: "bool" };

export const opaque = (name: string): CType => ({ kind: "opaque", name });
export const pointerTo = (to: CType, constant = false): CType => ({
  kind: "pointer",
  to,
  const: constant,
});

/** A pointer to a function that takes values of `types`. */
const callback = (text: string, result: CType, ...types: readonly CType[]): CType => {
  const parameters = types.map((type, i) => ({ name: `arg${i}`, type }));
  const signature = { name: "", result, parameters, variadic: false, text };
  return pointerTo({ kind: "function", text, signature });
};

/** `va_list`, which is passed as a pointer (AMD64 psABI, figure 3.34). */
const VA_LIST: CType = {
  kind: "array",
  of: {
    kind: "record",
    union: false,
    name: "struct __va_list_tag",
    fields: [
      { name: "gp_offset", type: U32, offset: 0, bits: null },
      { name: "fp_offset", type: U32, offset: 4, bits: null },
      { name: "overflow_arg_area", type: pointerTo(VOID), offset: 8, bits: null },
      { name: "reg_save_area", type: pointerTo(VOID), offset: 16, bits: null },
    ],
    size: 24,
    align: 8,
  },
  length: 1,
};

const POINTER = pointerTo(VOID);
const CONST_POINTER = pointerTo(VOID, true);
const TEXTS = pointerTo(pointerTo(CHAR));

/**
 * Names that headers give to types, as x86-64 Linux (LP64) has them: stdint and POSIX, koffi's
 * names, and those of zlib, SQLite, lz4, xxHash, libxml2, Lua, GLib and the kernel. A name whose
 * size depends on how a library was built is not here.
 */
const TABLE: readonly (readonly [CType, string])[] = [
  [BOOL, "bool"],
  [I128, "__int128_t"],
  [U128, "__uint128_t"],
  [VA_LIST, "__builtin_va_list"],
  [CHAR, "gchar charf"],
  [WCHAR, "wchar_t wchar gwchar_t"],
  [CHAR16, "char16_t char16"],
  [CHAR32, "char32_t char32"],
  [I8, "int8_t int8 schar s8 i8 __s8 int_least8_t int_fast8_t gint8"],
  [
    U8,
    "uint8_t uint8 uchar u_char u8 __u8 u_int8_t uint_least8_t uint_fast8_t char8_t byte Byte Bytef BYTE U8 cc_t guchar guint8 xmlChar",
  ],
  [I16, "int16_t int16 int16_le int16_le_t s16 i16 __s16 int_least16_t gshort gint16 S16"],
  [
    U16,
    "uint16_t uint16 uint16_le uint16_le_t ushort u_short u16 __u16 u_int16_t uint_least16_t in_port_t sa_family_t gushort guint16 U16",
  ],
  [
    I32,
    "int32_t int32 int32_le int32_le_t s32 i32 __s32 int_least32_t pid_t clockid_t key_t sig_atomic_t errno_t nl_item regoff_t pthread_once_t pthread_spinlock_t gint gint32 gboolean intf S32",
  ],
  [
    U32,
    "uint32_t uint32 uint32_le uint32_le_t uint u_int u32 __u32 u_int32_t uint_least32_t wint_t uid_t gid_t id_t mode_t socklen_t useconds_t in_addr_t uInt uIntf z_crc_t pthread_key_t guint guint32 gunichar GQuark U32 XXH32_hash_t",
  ],
  [
    I64,
    "int64_t int64 int64_le int64_le_t longlong s64 i64 __s64 int_least64_t int_fast16_t int_fast32_t int_fast64_t intmax_t intptr_t intptr ssize_t ptrdiff_t off_t off64_t loff_t time_t clock_t suseconds_t blkcnt_t blksize_t quad_t register_t z_off_t z_off64_t glong gint64 gssize goffset gintptr sqlite3_int64 sqlite_int64 lua_Integer S64",
  ],
  [
    U64,
    "uint64_t uint64 uint64_le uint64_le_t ulong u_long ulonglong u64 __u64 u_int64_t u_quad_t uint_least64_t uint_fast16_t uint_fast32_t uint_fast64_t uintmax_t uintptr_t uintptr size_t rsize_t dev_t ino_t ino64_t nlink_t rlim_t fsblkcnt_t fsfilcnt_t pthread_t wctype_t uLong uLongf z_size_t gulong guint64 gsize guintptr sqlite3_uint64 sqlite_uint64 lua_Unsigned U64 XXH64_hash_t",
  ],
  [FLOAT, "float32 float_t f32 gfloat"],
  [DOUBLE, "float64 double_t f64 gdouble lua_Number"],
  [pointerTo(VOID), "voidp voidpf gpointer timer_t iconv_t"],
  [pointerTo(VOID, true), "voidpc gconstpointer"],
  [pointerTo(CHAR), "caddr_t"],
  [pointerTo(CHAR, true), "str string sqlite3_filename"],
  [pointerTo(CHAR16, true), "str16 string16"],
  [pointerTo(CHAR32, true), "str32 string32"],
  [pointerTo(opaque("z_stream")), "z_streamp"],
  [pointerTo(opaque("gz_header")), "gz_headerp"],
  [pointerTo(opaque("struct gzFile_s")), "gzFile"],
  [pointerTo(opaque("struct __locale_struct")), "locale_t"],
  [
    callback("int (const void *, const void *)", I32, CONST_POINTER, CONST_POINTER),
    "compar_fn_t comparison_fn_t",
  ],
  [
    callback(
      "int (const void *, const void *, void *)",
      I32,
      CONST_POINTER,
      CONST_POINTER,
      POINTER,
    ),
    "compar_d_fn_t",
  ],
  [callback("void (int)", VOID, I32), "sighandler_t sig_t"],
  [
    callback("int (void *, int, char **, char **)", I32, POINTER, I32, TEXTS, TEXTS),
    "sqlite3_callback",
  ],
  [callback("void *(void *, unsigned, unsigned)", POINTER, POINTER, U32, U32), "alloc_func"],
  [callback("void (void *, void *)", VOID, POINTER, POINTER), "free_func"],
  [
    callback("unsigned (void *, unsigned char **)", U32, POINTER, pointerTo(pointerTo(U8))),
    "in_func",
  ],
  [
    callback("int (void *, unsigned char *, unsigned)", I32, POINTER, pointerTo(U8), U32),
    "out_func",
  ],
  [callback("void (void *)", VOID, POINTER), "sqlite3_destructor_type GDestroyNotify"],
];

const namedTypes: ReadonlyMap<string, CType> = new Map(
  TABLE.flatMap(([type, names]) => names.split(" ").map((name) => [name, type] as const)),
);

export const typeNames: readonly string[] = [...namedTypes.keys()];

/** The type that headers call `name`; glibc's own names (`__uid_t`) are those of POSIX. */
export function namedType(name: string): CType | undefined {
  return (
    namedTypes.get(name) ?? (/^__\w+_t$/.test(name) ? namedTypes.get(name.slice(2)) : undefined)
  );
}
