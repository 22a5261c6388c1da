import type { CType } from "../model/index.js";
import { Cursor } from "./cursor.js";
import { parseTypeName } from "./declaration.js";
import { prototypeErrors } from "./errors.js";
import type { Names } from "./names.js";
import { checkLength } from "./parse-prototype.js";
import { declaredType, heldType } from "./resolve.js";

/** A type as memory has it: so many of `element`, dimension by dimension; `[]` of no length is null. */
export interface NamedType {
  readonly element: CType;
  readonly lengths: readonly (number | null)[];
}

/** One way to match white space each time: two would try every split of a long run of it. */
const DIMENSIONS = /^(.*?)((?:\[\s*(?:\d+\s*)?\]\s*)*)$/s;

/**
 * The type that C writes so: `int`, `uint8_t[16]`, `double[2][3]`, `const char *`, `char[]`.
 *
 * @throws UsageError with one line that says what is wrong and how to put it right.
 */
export function parseType(text: string, names?: Names): NamedType {
  checkLength(text);
  const [, base, dimensions] = DIMENSIONS.exec(text.trim())!;
  const lengths = [...dimensions!.matchAll(/\[\s*(?:(\d+)\s*)?\]/g)].map(([, length]) =>
    length === undefined ? null : Number(length),
  );
  const cursor = Cursor.of(base!, names);
  if (cursor.peek().kind === "end") throw prototypeErrors.emptyType();
  const declaration = parseTypeName(cursor);
  if (cursor.peek().kind !== "end") throw prototypeErrors.notType(cursor.peek());
  if (declaration.name) throw prototypeErrors.notType(declaration.name);
  const { type } = declaredType(declaration);
  if (type.kind === "void") throw prototypeErrors.noSize(text);
  // A typedef may be of an array.
  const { element, lengths: more } = flat(type.kind === "array" ? type : heldType(declaration));
  return { element, lengths: [...lengths, ...more] };
}

/** An array's innermost elements, and how many there are, dimension by dimension. */
export function flat(type: CType): NamedType {
  const lengths: (number | null)[] = [];
  let element = type;
  for (; element.kind === "array"; element = element.of) lengths.push(element.length);
  return { element, lengths };
}
