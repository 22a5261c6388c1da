import type { Frame } from "./unwind/index.js";

/**
 * `FILE!FUNCTION+0xOFFSET` of a frame. A call may be the last thing in its function, and return to the
 * next one's first byte: the function is that of the byte before.
 */
export function frameSymbol(
  { ip, isReturn }: Frame,
  symbolizer: { symbolOf(ip: number): string | null },
): string | null {
  const symbol = symbolizer.symbolOf(isReturn ? ip - 1 : ip);
  if (symbol === null || !isReturn) return symbol;
  const at = symbol.lastIndexOf("+0x") + 3;
  return symbol.slice(0, at) + (Number.parseInt(symbol.slice(at), 16) + 1).toString(16);
}
