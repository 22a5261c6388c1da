/** Names of integers, as a type's text has them: those of 32 bits at most, and wider ones. */
export type Narrow =
  | "char"
  | "short"
  | "int"
  | "signed"
  | "unsigned"
  | "uint"
  | "uchar"
  | "ushort"
  | `${"" | "u"}int${8 | 16 | 32}_t`
  | "uInt"
  | "mode_t"
  | "pid_t"
  | "wchar_t";

export type Wide =
  | "long"
  | "ulong"
  | `${"" | "u"}int64_t`
  | `${"" | "s"}size_t`
  | "off_t"
  | "time_t"
  | `${"" | "u"}intptr_t`
  | `${"" | "u"}intmax_t`
  | "ptrdiff_t"
  | "uLong";
