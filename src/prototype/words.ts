import { nearestName } from "../model/index.js";
import type { Cursor } from "./cursor.js";
import { namedType, typeNames } from "./named-types.js";
import type { Token } from "./tokens.js";

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

/** What C builds its own types from, in any order. */
export const arithmeticWords = set(
  "void char short int long float double signed unsigned __signed__ __signed _Bool _Complex __complex__ __complex _Imaginary __int128 _Float16 _Float32 _Float64 _Float32x _Float64x _Float128 __float128 _Decimal32 _Decimal64 _Decimal128",
);

export const constWords = set("const __const __const__");

/** They say nothing about what a call passes. */
const silentWords = set(
  "extern static inline register auto volatile restrict _Noreturn _Thread_local _Atomic __extension__ __inline __inline__ __restrict __restrict__ __volatile__ _Nonnull _Nullable __nonnull __cdecl __stdcall __fastcall _In_ _Out_ _Inout_ _In_opt_ _Out_opt_ _Inout_opt_",
);

/** They take a group in parentheses that says nothing about what a call passes either. */
const groupWords = set(
  "__attribute__ __attribute __declspec _Alignas alignas asm __asm __asm__ __nonnull",
);

export const tagWords = set("struct union enum");

/** A macro's name by custom: `ZEXPORT`, `SQLITE_API`, `__THROW`. */
export function isMacroName(token: Token): boolean {
  return token.kind === "word" && /^[A-Z_][A-Z0-9_]*$/.test(token.text) && !startsType(token);
}

/** A type, or a qualifier of one, starts here for certain: an unknown name might yet be one. */
export function startsType({ kind, text }: Token): boolean {
  return (
    kind === "word" &&
    (arithmeticWords.has(text) ||
      constWords.has(text) ||
      silentWords.has(text) ||
      groupWords.has(text) ||
      tagWords.has(text) ||
      namedType(text) !== undefined)
  );
}

/** Skips qualifiers other than const, storage classes and attributes. */
export function skipSilent(cursor: Cursor): boolean {
  const from = cursor.peek();
  for (;;) {
    const token = cursor.peek();
    if (cursor.sees("[", "[")) cursor.skipGroup();
    else if (token.kind === "string")
      cursor.next(); // extern "C"
    else if (token.kind !== "word") break;
    else if (groupWords.has(token.text) && cursor.peek(1).text === "(") {
      cursor.next();
      cursor.skipGroup();
    } else if (silentWords.has(token.text)) cursor.next();
    else break;
  }
  return cursor.peek() !== from;
}

/** Skips what may follow a declarator: attributes, `asm` names, and macros for either. */
export function skipTrailing(cursor: Cursor): void {
  for (;;) {
    if (skipSilent(cursor)) continue;
    const token = cursor.peek();
    if (!isMacroName(token) && !token.text.startsWith("__")) return;
    cursor.next();
    if (cursor.sees("(")) cursor.skipGroup();
  }
}

/** Shorter names are near too much: `u8` is no better a guess for `x8` than `s8`. */
const SHORTEST_GUESS = 4;

/** The type that an unknown name is most likely a slip for, or null. */
export function nearestType(name: string): string | null {
  const known = [...arithmeticWords, ...typeNames];
  return nearestName(
    name,
    known.filter(({ length }) => length >= SHORTEST_GUESS),
  );
}
