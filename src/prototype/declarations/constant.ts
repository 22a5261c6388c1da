import type { Cursor } from "../cursor.js";
import { parseTypeName } from "../declaration.js";
import type { Constant } from "../names.js";
import { declaredType } from "../resolve.js";
import type { Token } from "../tokens.js";
import { startsType } from "../words.js";
import { applied, commonType, converted, INT, negated } from "./arithmetic.js";
import { declarationErrors } from "./errors.js";
import { characterLiteral, integerLiteral } from "./literals.js";
import { extentOf } from "./sizes.js";

/** Binary operators, those that bind tighter later. */
const LEVELS: readonly (readonly string[])[] = [
  ...[["||"], ["&&"], ["|"], ["^"], ["&"], ["==", "!="], ["<", ">", "<=", ">="]],
  ...[
    ["<<", ">>"],
    ["+", "-"],
    ["*", "/", "%"],
  ],
];

const LEVEL_OF: ReadonlyMap<string, number> = new Map(
  LEVELS.flatMap((operators, level) => operators.map((operator) => [operator, level] as const)),
);

/** The parser recurses. */
const MOST_NESTING = 100;

/** An integer constant expression. Leaves the cursor behind it. @throws UsageError. */
export function parseConstant(cursor: Cursor, depth = 0): Constant {
  const condition = binary(cursor, 0, depth);
  if (!cursor.accept("?")) return condition;
  const yes = parseConstant(cursor, depth + 1);
  cursor.expect(":");
  const no = parseConstant(cursor, depth + 1);
  const chosen = condition.value !== 0n ? yes : no;
  return converted(chosen.value, commonType(yes, no));
}

function binary(cursor: Cursor, least: number, depth: number): Constant {
  let left = unary(cursor, depth + 1);
  for (;;) {
    const operator = cursor.peek();
    const level = operator.kind === "punctuator" ? LEVEL_OF.get(operator.text) : undefined;
    if (level === undefined || level < least) return left;
    cursor.next();
    const right = binary(cursor, level + 1, depth + 1);
    const value = applied(operator.text, left, right);
    if (!value) throw declarationErrors.notConstant(operator);
    left = value;
  }
}

function unary(cursor: Cursor, depth: number): Constant {
  const token = cursor.peek();
  if (depth > MOST_NESTING) throw declarationErrors.notConstant(token);
  switch (token.text) {
    case "+":
      cursor.next();
      return unary(cursor, depth + 1);
    case "-":
      cursor.next();
      return negated(unary(cursor, depth + 1));
    case "~": {
      cursor.next();
      const of = unary(cursor, depth + 1);
      return converted(~of.value, of);
    }
    case "!":
      cursor.next();
      return { ...INT, value: unary(cursor, depth + 1).value === 0n ? 1n : 0n };
    case "__extension__":
      cursor.next();
      return unary(cursor, depth + 1);
    case "sizeof":
    case "_Alignof":
    case "alignof":
    case "__alignof__":
      cursor.next();
      return measured(cursor, token, depth);
    case "(":
      return startsType(cursor.peek(1), cursor.names)
        ? cast(cursor, depth)
        : grouped(cursor, depth);
    default:
      return operand(cursor);
  }
}

function operand(cursor: Cursor): Constant {
  const token = cursor.next();
  if (token.kind === "number") return integerLiteral(token);
  if (token.kind === "character") return characterLiteral(token);
  const named = token.kind === "word" ? cursor.names.constants.get(token.text) : undefined;
  if (!named) throw declarationErrors.notConstant(token);
  return named;
}

function grouped(cursor: Cursor, depth: number): Constant {
  cursor.expect("(");
  const value = parseConstant(cursor, depth + 1);
  cursor.expect(")");
  return value;
}

function cast(cursor: Cursor, depth: number): Constant {
  const { type, token } = typeInParentheses(cursor, depth);
  const { value } = unary(cursor, depth + 1);
  if (type.kind === "bool") return { ...INT, value: value === 0n ? 0n : 1n };
  if (type.kind !== "int" && type.kind !== "enum") throw declarationErrors.notConstant(token);
  const narrow = converted(value, type);
  return type.bytes < INT.bytes ? { ...INT, value: narrow.value } : narrow;
}

/** `sizeof (TYPE)`, or of an expression, whose type alone counts. */
function measured(cursor: Cursor, word: Token, depth: number): Constant {
  const isSize = word.text === "sizeof";
  const size = (value: number): Constant => ({ value: BigInt(value), bytes: 8, signed: false });
  if (cursor.sees("(") && startsType(cursor.peek(1), cursor.names)) {
    const { type, align } = typeInParentheses(cursor, depth);
    const extent = extentOf(type);
    if (!extent) throw declarationErrors.notConstant(word);
    return size(isSize ? extent.size : (align ?? extent.align));
  }
  return size(unary(cursor, depth + 1).bytes);
}

function typeInParentheses(cursor: Cursor, depth: number) {
  const token = cursor.peek();
  cursor.expect("(");
  const alias = declaredType(parseTypeName(cursor, depth));
  cursor.expect(")");
  return { ...alias, token };
}
