/** Arguments by position, 64 bits each; null for one that is not known. */
export type Arguments = readonly (bigint | null)[];

/** A string function of libc that a count, or a byte it looks for, keeps from reading on. */
interface Counted {
  /** Which argument is the count, in characters; null: only the byte that it looks for ends it. */
  readonly count: number | null;
  /** Bytes of a character. */
  readonly unit: 1 | 4;
  /** What ends it before its count. */
  readonly stop: "nul" | "sought" | "difference" | "difference but for case" | null;
  /** The arguments that it reads from. */
  readonly reads: readonly number[];
}

/** Bytes `[start, end)`, by address. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

/** The bytes from an address to the end of its buffer; null for what lies in none, or is not known. */
export type TextAt = (address: bigint) => Uint8Array | null;

/** The character that memchr and its like look for. */
const SOUGHT = 1;

const rows = (unit: 1 | 4, table: Readonly<Record<string, Omit<Counted, "unit">>>) =>
  Object.entries(table).map(([name, row]): [string, Counted] => [name, { ...row, unit }]);

const COUNTED: ReadonlyMap<string, Counted> = new Map([
  ...rows(1, {
    memchr: { count: 2, stop: "sought", reads: [0] },
    memrchr: { count: 2, stop: null, reads: [0] }, // it begins at the end
    rawmemchr: { count: null, stop: "sought", reads: [0] },
    memcmp: { count: 2, stop: null, reads: [0, 1] },
    bcmp: { count: 2, stop: null, reads: [0, 1] },
    memcmpeq: { count: 2, stop: null, reads: [0, 1] },
    strnlen: { count: 1, stop: "nul", reads: [0] },
    strndup: { count: 1, stop: "nul", reads: [0] },
    strncpy: { count: 2, stop: "nul", reads: [1] },
    stpncpy: { count: 2, stop: "nul", reads: [1] },
    strncat: { count: 2, stop: "nul", reads: [1] },
    strncmp: { count: 2, stop: "difference", reads: [0, 1] },
    strncasecmp: { count: 2, stop: "difference but for case", reads: [0, 1] },
    strncasecmp_l: { count: 2, stop: "difference but for case", reads: [0, 1] },
  }),
  ...rows(4, {
    wmemchr: { count: 2, stop: "sought", reads: [0] },
    wmemcmp: { count: 2, stop: null, reads: [0, 1] },
    wcsnlen: { count: 1, stop: "nul", reads: [0] },
    wcsncpy: { count: 2, stop: "nul", reads: [1] },
    wcpncpy: { count: 2, stop: "nul", reads: [1] },
    wcsncat: { count: 2, stop: "nul", reads: [1] },
    wcsncmp: { count: 2, stop: "difference", reads: [0, 1] },
    wcsncasecmp: { count: 2, stop: "difference but for case", reads: [0, 1] },
  }),
]);

/** How far a function reads is in its arguments. `name`: as a program calls it. */
export function isCounted(name: string): boolean {
  return COUNTED.has(name);
}

/** A function that was called with these arguments. */
export class CountedCall {
  readonly #function: Counted;

  private constructor(
    counted: Counted,
    readonly args: Arguments,
  ) {
    this.#function = counted;
  }

  /** Null for a function that does not count. */
  static of(name: string, args: Arguments): CountedCall | null {
    const counted = COUNTED.get(name);
    return counted ? new CountedCall(counted, args) : null;
  }

  /** The addresses that it reads from, as far as they are known. */
  get pointers(): bigint[] {
    return this.#function.reads.flatMap((index) => this.args[index] ?? []);
  }

  /** Bytes of a character. */
  get unit(): number {
    return this.#function.unit;
  }

  /** The same call, as far as its arguments are known. */
  isAs({ args }: CountedCall): boolean {
    return this.args.every((value, i) => value === null || value === (args[i] ?? value));
  }

  /** A difference between two strings ends it. */
  get compares(): boolean {
    return this.#function.stop?.startsWith("difference") ?? false;
  }

  /** Those of bytes `[start, end)` that are among the first `length` from where it reads; null: none. */
  among(length: number, start: number, end: number): ByteSpan | null {
    const parts = this.pointers
      .map((pointer) => ({
        start: Math.max(start, Number(pointer)),
        end: Math.min(end, Number(pointer) + length),
      }))
      .filter((part) => part.start < part.end);
    if (parts.length === 0) return null;
    return {
      start: Math.min(...parts.map((part) => part.start)),
      end: Math.max(...parts.map((part) => part.end)),
    };
  }

  /** How many bytes it reads from a pointer at the most; null where that is not known. */
  get limit(): number | null {
    const { count, unit } = this.#function;
    if (count === null) return Number.POSITIVE_INFINITY;
    const characters = this.args[count] ?? null;
    return characters === null ? null : Number(characters) * unit;
  }

  /** Nothing but its count ends it. */
  get readsAll(): boolean {
    return this.#function.stop === null;
  }

  /**
   * How many bytes it has to look at, from each pointer that it reads from. Null where that depends on
   * what is not known.
   */
  needed(textAt: TextAt): number | null {
    const { limit } = this;
    if (limit === null || this.readsAll) return limit;
    const stop = this.#stopIn(textAt);
    if (stop === null) return null;
    return stop < 0 ? limit : Math.min(limit, (stop + 1) * this.unit);
  }

  /** The first character that ends it; -1 where none that is known does; null where that is not known. */
  #stopIn(textAt: TextAt): number | null {
    const { stop, unit, reads } = this.#function;
    const [one, other] = reads.map((index) => {
      const address = this.args[index] ?? null;
      return address === null ? null : textAt(address);
    });
    if (!one) return null;
    if (stop === "nul") return firstCharacter(one, unit, 0);
    if (stop === "sought") {
      const sought = this.args[SOUGHT] ?? null;
      if (sought === null) return null;
      return firstCharacter(one, unit, Number(BigInt.asUintN(8 * unit, sought)));
    }
    if (!other) return null;
    return firstDifference(one, other, unit, stop === "difference" ? asItIs : lower);
  }
}

function firstCharacter(text: Uint8Array, unit: 1 | 4, wanted: number): number {
  for (let i = 0; (i + 1) * unit <= text.length; i++) {
    if (characterAt(text, unit, i) === wanted) return i;
  }
  return -1;
}

/** Where two strings differ, or end; -1 where the shorter of the texts does not tell. */
function firstDifference(
  one: Uint8Array,
  other: Uint8Array,
  unit: 1 | 4,
  folded: (character: number) => number,
): number {
  for (let i = 0; (i + 1) * unit <= Math.min(one.length, other.length); i++) {
    const character = characterAt(one, unit, i);
    if (character === 0) return i;
    if (folded(character) !== folded(characterAt(other, unit, i))) return i;
  }
  return -1;
}

const asItIs = (character: number) => character;

/** Of ASCII alone: where a locale has more letters of one kind, it reads on, and that is no finding. */
const lower = (character: number) =>
  character >= 0x41 && character <= 0x5a ? character | 0x20 : character;

function characterAt(text: Uint8Array, unit: 1 | 4, index: number): number {
  if (unit === 1) return text[index]!;
  const at = index * 4;
  return (text[at]! | (text[at + 1]! << 8) | (text[at + 2]! << 16) | (text[at + 3]! << 24)) >>> 0;
}
