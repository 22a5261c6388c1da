import { nearestName } from "../model/index.js";
import type { Names } from "./names.js";
import type { Token } from "./tokens.js";

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** What C builds its own types from, in any order. */
export const arithmeticWords = set(
  "void char short int long float double signed unsigned __signed__ __signed _Bool _Complex __complex__ __complex _Imaginary __int128 _Float16 _Float32 _Float64 _Float32x _Float64x _Float128 __float128 _Decimal32 _Decimal64 _Decimal128",
);

export const constWords = set("const __const __const__");

/** They say nothing about what a call passes. */
export const silentWords = set(
  "extern static inline register auto volatile restrict _Noreturn _Thread_local __thread _Atomic __extension__ __inline __inline__ __restrict __restrict__ __volatile__ __volatile _Nonnull _Nullable __nonnull __cdecl __stdcall __fastcall _In_ _Out_ _Inout_ _In_opt_ _Out_opt_ _Inout_opt_",
);

/** They take a group in parentheses, which may say something of layout or symbol. */
export const groupWords = set(
  "__attribute__ __attribute __declspec _Alignas alignas asm __asm __asm__ __nonnull",
);

export const tagWords = set("struct union enum");

export const typeofWords = set("typeof __typeof __typeof__");

/** A macro's name by custom: `ZEXPORT`, `SQLITE_API`, `__THROW`. */
export function isMacroName(token: Token, names: Names): boolean {
  return (
    token.kind === "word" && /^[A-Z_][A-Z0-9_]*$/.test(token.text) && !startsType(token, names)
  );
}

/** A type, or a qualifier of one, starts here for certain: an unknown name might yet be one. */
export function startsType({ kind, text }: Token, names: Names): boolean {
  return (
    kind === "word" &&
    (arithmeticWords.has(text) ||
      constWords.has(text) ||
      silentWords.has(text) ||
      groupWords.has(text) ||
      tagWords.has(text) ||
      typeofWords.has(text) ||
      names.isType(text))
  );
}

/** Shorter names are near too much: `u8` is no better a guess for `x8` than `s8`. */
const SHORTEST_GUESS = 4;

/** The type that an unknown name is most likely a slip for, or null. */
export function nearestType(name: string, names: Names): string | null {
  const known = [...arithmeticWords, ...names.all()];
  return nearestName(
    name,
    known.filter(({ length }) => length >= SHORTEST_GUESS),
  );
}
