import type { Constant } from "../names.js";

type IntegerType = Pick<Constant, "bytes" | "signed">;

export const INT = { bytes: 4, signed: true } as const;

/** `value` as `type` holds it. */
export function converted(value: bigint, { bytes, signed }: IntegerType): Constant {
  const bits = bytes * 8;
  const held = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  return { value: held, bytes, signed };
}

export function negated(of: Constant): Constant {
  return converted(-of.value, of);
}

/** `left operator right` by C's usual arithmetic conversions; null for a division by zero and a shift too far. */
export function applied(operator: string, left: Constant, right: Constant): Constant | null {
  if (operator === "<<" || operator === ">>") {
    if (right.value < 0n || right.value >= BigInt(left.bytes * 8)) return null;
    const { value } = left;
    return converted(operator === "<<" ? value << right.value : value >> right.value, left);
  }
  const type = commonType(left, right);
  const [a, b] = [converted(left.value, type).value, converted(right.value, type).value];
  if ((operator === "/" || operator === "%") && b === 0n) return null;
  const value = VALUES[operator]!(a, b);
  return typeof value === "boolean" ? { ...INT, value: value ? 1n : 0n } : converted(value, type);
}

const VALUES: Readonly<Record<string, (a: bigint, b: bigint) => bigint | boolean>> = {
  "||": (a, b) => a !== 0n || b !== 0n,
  "&&": (a, b) => a !== 0n && b !== 0n,
  "|": (a, b) => a | b,
  "^": (a, b) => a ^ b,
  "&": (a, b) => a & b,
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

/** What C makes of both. */
export function commonType(left: Constant, right: Constant): IntegerType {
  if (left.bytes !== right.bytes) return left.bytes > right.bytes ? left : right;
  return { bytes: left.bytes, signed: left.signed && right.signed };
}
