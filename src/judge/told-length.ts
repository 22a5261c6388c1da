/** Integer arguments by position; null for all others. */
type Integers = readonly (bigint | null)[];

/** Which argument of a string function is its count, and what makes it stop before. */
interface Counted {
  readonly count: number;
  readonly stop: "nul" | "sought byte" | "difference" | null;
  /** The arguments it reads. */
  readonly reads: readonly number[];
}

const COUNTED: Readonly<Record<string, Counted>> = {
  memchr: { count: 2, stop: "sought byte", reads: [0] },
  memrchr: { count: 2, stop: null, reads: [0] },
  memcmp: { count: 2, stop: null, reads: [0, 1] },
  bcmp: { count: 2, stop: null, reads: [0, 1] },
  strnlen: { count: 1, stop: "nul", reads: [0] },
  strndup: { count: 1, stop: "nul", reads: [0] },
  strncpy: { count: 2, stop: "nul", reads: [1] },
  stpncpy: { count: 2, stop: "nul", reads: [1] },
  strncat: { count: 2, stop: "nul", reads: [1] },
  strncmp: { count: 2, stop: "difference", reads: [0, 1] },
};

/**
 * How many bytes from its start the traced call itself was told to look at in the buffer of
 * argument `arg`; null where the call does not say. `contentOf` gives a buffer's bytes by argument.
 */
export function toldLength(
  functionName: string,
  integers: Integers,
  arg: number,
  contentOf: (arg: number) => Uint8Array | null,
): number | null {
  const counted = COUNTED[functionName];
  if (!counted?.reads.includes(arg)) return null;
  const count = integers[counted.count] ?? null;
  const content = contentOf(arg);
  if (count === null) return null;
  const stop = content ? stopOf(counted, integers, content, contentOf) : -1;
  return stop < 0 || stop >= count ? Number(count) : stop + 1;
}

/** Where the function need not look further; -1 where nothing stops it but its count. */
function stopOf(
  { stop, reads }: Counted,
  integers: Integers,
  content: Uint8Array,
  contentOf: (arg: number) => Uint8Array | null,
): number {
  switch (stop) {
    case "nul":
      return content.indexOf(0);
    case "sought byte":
      return content.indexOf(Number(BigInt.asUintN(8, integers[1] ?? 0n)));
    case "difference": {
      const [one, other] = reads.map(contentOf);
      return content.findIndex((byte, i) => byte === 0 || one?.[i] !== other?.[i]);
    }
    case null:
      return -1;
  }
}
