import type { EnumType } from "../../model/index.js";
import { type Attributes, joined, noAttributes } from "../attributes.js";
import type { Cursor } from "../cursor.js";
import { parseTypeName } from "../declaration.js";
import { readAttributes } from "../read-attributes.js";
import { declaredType } from "../resolve.js";
import { INT } from "./arithmetic.js";
import { parseConstant } from "./constant.js";
import { declarationErrors } from "./errors.js";

type IntegerType = Pick<EnumType, "bytes" | "signed">;

/**
 * The enum whose `{` is here, or the `:` before it (C23). Its constants are known from each on. Leaves
 * the cursor behind the `}` and what attributes follow.
 */
export function parseEnum(cursor: Cursor, name: string, before: Attributes): EnumType {
  const fixed = cursor.accept(":") ? underlying(cursor) : null;
  const values = new Map<string, bigint>();
  let next = 0n;
  cursor.expect("{");
  while (!cursor.accept("}")) {
    const token = cursor.next();
    if (token.kind !== "word") throw declarationErrors.notConstant(token);
    readAttributes(cursor);
    if (cursor.accept("=")) next = parseConstant(cursor).value;
    values.set(token.text, next);
    cursor.names.constants.set(token.text, {
      value: next,
      ...(fixed ?? typeOf([next], INT.bytes)),
    });
    next += 1n;
    if (!cursor.sees("}")) cursor.expect(",", "',' or '}'");
  }
  const after = noAttributes();
  readAttributes(cursor, after);
  const { packed } = joined(before, after);
  const type = fixed ?? typeOf([...values.values()], packed ? 1 : INT.bytes);
  const isInt = values.size === 0 && !fixed && !packed;
  return { kind: "enum", name, ...type, signed: isInt ? false : type.signed, values };
}

function underlying(cursor: Cursor): IntegerType {
  const token = cursor.peek();
  const { type } = declaredType(parseTypeName(cursor));
  if (type.kind === "bool") return { bytes: 1, signed: false };
  if (type.kind !== "int" || type.bytes === 16) throw declarationErrors.notConstant(token);
  return { bytes: type.bytes, signed: type.signed };
}

/** GCC's: unsigned where no value is negative; of `least` bytes, and more where a value needs them. */
function typeOf(values: readonly bigint[], least: number): IntegerType {
  const signed = values.some((value) => value < 0n);
  for (const bytes of [1, 2, 4, 8] as const) {
    const hold = signed ? BigInt.asIntN : BigInt.asUintN;
    const fits = (value: bigint) => hold(bytes * 8, value) === value;
    if (bytes >= least && values.every(fits)) return { bytes, signed };
  }
  return { bytes: 8, signed };
}
