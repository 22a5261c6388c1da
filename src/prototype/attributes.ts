/** What attributes say about a declaration's layout and symbol. */
export interface Attributes {
  packed: boolean;
  /** In bytes; null: none given. */
  align: number | null;
  /** GCC's machine mode: `DI` of `__attribute__((mode(DI)))`. */
  mode: string | null;
  /** In bytes, of a vector. */
  vectorBytes: number | null;
  /** A union that is passed as its first member. */
  transparent: boolean;
  /** What the object file calls it: `__asm__("name")`. */
  symbol: string | null;
  /** `static`: no library exports it. */
  local: boolean;
}

export const noAttributes = (): Attributes => ({
  packed: false,
  align: null,
  mode: null,
  vectorBytes: null,
  transparent: false,
  symbol: null,
  local: false,
});

/** Both; of two alignments the greater. */
export function joined(left: Attributes, right: Attributes): Attributes {
  const align = Math.max(left.align ?? 0, right.align ?? 0);
  return {
    packed: left.packed || right.packed,
    align: align || null,
    mode: right.mode ?? left.mode,
    vectorBytes: right.vectorBytes ?? left.vectorBytes,
    transparent: left.transparent || right.transparent,
    symbol: right.symbol ?? left.symbol,
    local: left.local || right.local,
  };
}
