import type { Argument, CallbackFunction, CType, Signature } from "../model/index.js";
import { type Names, parseType, typeText } from "../prototype/index.js";
import { COMPARATORS } from "./errors.js";
import { type FormatValue, formatValues } from "./formats/format-values.js";
import { bytesOf, isOut, isTyped, type TypedArgument } from "./given.js";
import { laidOut, pointee } from "./lay-out.js";
import { layoutOfC } from "./layout.js";
import { addressOf, enumOf, floatOf, integerOf, rangeOf, truthOf, wholeNumber } from "./numbers.js";
import { type Place, placeOf } from "./place.js";
import type { CheckedValue, ValueRules } from "./rules.js";

const VOID: CType = { kind: "void" };
const DOUBLE = { kind: "float", bytes: 8 } as const;
const LONG = { kind: "int", bytes: 8, signed: true, char: false } as const;
const TEXT: CType = { kind: "pointer", to: { ...LONG, bytes: 1, char: true }, const: true };
const MEMORY: CType = { kind: "pointer", to: VOID, const: false };

/** One argument of a call, with its parameter's name (variadic ones are named `argN`). */
export type CheckedArgument<M> = Omit<Argument, "value"> & { readonly value: CheckedValue<M> };

/**
 * The values of a call, each checked against its parameter's type; those behind `...` against the
 * format of the call, what `as` says, or what they look like.
 *
 * @throws UsageError that names the parameter, what is wrong and what to give.
 */
export function checkArguments<M>(
  rules: ValueRules<M>,
  signature: Signature,
  values: readonly unknown[],
): CheckedArgument<M>[] {
  const { parameters } = signature;
  const formatted = formatValues(signature, values, rules.errors);
  return values.map((value, index) => {
    const parameter = parameters[index];
    if (parameter) {
      const { name, type } = parameter;
      return { name, index, value: checked(rules, value, type, placeOf(name, type)) };
    }
    const name = `arg${index}`;
    const format = formatted?.[index - parameters.length];
    const held = format ? formattedValue(rules, value, format, name) : variadic(rules, value, name);
    return { name, index, value: held };
  });
}

/** A value for one parameter. @throws UsageError. */
function checked<M>(
  rules: ValueRules<M>,
  value: unknown,
  type: CType,
  place: Place,
): CheckedValue<M> {
  const { errors } = rules;
  if (isTyped(value)) return checked(rules, untyped(rules, value, type, place), type, place);
  switch (type.kind) {
    case "bool":
      return { kind: "int", value: truthOf(value, place, errors) };
    case "int":
      if (type.bytes === 16) return byValue(rules, value, type, place);
      return { kind: "int", value: integerOf(value, type, place, errors) };
    case "enum":
      return { kind: "int", value: enumOf(value, type, place, errors) };
    case "float":
      if (type.bytes === 16) return byValue(rules, value, type, place);
      return { kind: "float", value: floatOf(value, type, place, errors), bytes: type.bytes };
    case "pointer":
      return pointer(rules, value, type, place);
    case "record":
    case "complex":
      return byValue(rules, value, type, place);
    default:
      throw errors.noValue(place);
  }
}

function byValue<M>(
  rules: ValueRules<M>,
  value: unknown,
  type: CType,
  place: Place,
): CheckedValue<M> {
  const memory = rules.memoryOf(value);
  if (memory && type.kind === "record") return { kind: "copy", memory, type };
  const layout = layoutOfC(type);
  const { layout: _, ...laid } = laidOut(rules, layout, value, place);
  if (laid.size !== layout.size) throw rules.errors.noRoom(place);
  return { kind: "value", type, ...laid };
}

function pointer<M>(
  rules: ValueRules<M>,
  value: unknown,
  type: Extract<CType, { kind: "pointer" }>,
  place: Place,
): CheckedValue<M> {
  if (value === null) return { kind: "null" };
  if (typeof value === "bigint") {
    return { kind: "address", value: addressOf(value, place, rules.errors), const: type.const };
  }
  const code = rules.codeOf?.(value) ?? null;
  if (code !== null) return { kind: "address", value: code, const: type.const };
  if (typeof value === "function" && type.to.kind === "function") {
    if (!type.to.signature) throw rules.errors.unknownFunction(place);
    const signature = { ...type.to.signature, name: place.name };
    return { kind: "callback", signature, fn: value as CallbackFunction };
  }
  const memory = rules.memoryOf(value);
  if (memory) return { kind: "memory", memory, const: type.const };
  const comparator = COMPARATORS.find((known) => known === value);
  if (type.to.kind === "function" && comparator) {
    return { kind: "comparator", comparator: comparator.slice(4) as "i32" | "u8" | "f64" | "str" };
  }
  const { layout: _, ...laid } = pointee(rules, type.to, value, place);
  return { kind: "buffer", ...laid, const: type.const };
}

function formattedValue<M>(
  rules: ValueRules<M>,
  given: unknown,
  { type, text }: FormatValue,
  name: string,
): CheckedValue<M> {
  const place = placeOf(name, type, text);
  const value = isTyped(given) ? untyped(rules, given, type, place) : given;
  return promoted(rules, value, type, place);
}

/**
 * With C's promotions. An unsigned conversion takes a negative number for its bits, as C does. An int
 * is passed in a whole register, so that its value alone says all.
 */
function promoted<M>(
  rules: ValueRules<M>,
  value: unknown,
  type: CType,
  place: Place,
): CheckedValue<M> {
  const { errors } = rules;
  if (type.kind === "float" && type.bytes !== 16) {
    return { kind: "float", value: floatOf(value, type, place, errors), bytes: DOUBLE.bytes };
  }
  if (type.kind === "int" && type.bytes !== 16 && (type.char || !type.signed)) {
    const integer = wholeNumber(value, place, errors);
    const [least] = rangeOf(type.bytes * 8, true);
    const [, most] = rangeOf(type.bytes * 8, false);
    if (integer < least || integer > most) throw errors.range(place, value, [least, most], null);
    return { kind: "int", value: integer };
  }
  return checked(rules, value, type, place);
}

/** Without a format: a whole number is an int or a long, another a double, text has its NUL. */
function variadic<M>(rules: ValueRules<M>, value: unknown, name: string): CheckedValue<M> {
  const { errors } = rules;
  if (isTyped(value)) return typed(rules, value.value, value.type, name);
  if (typeof value === "bigint" || Number.isInteger(value) || typeof value === "boolean") {
    const integer = BigInt(value as bigint);
    const [least] = rangeOf(64, true);
    const [, most] = rangeOf(64, false);
    const place = placeOf(name, LONG);
    if (integer < least || integer > most) throw errors.variadicRange(place, value);
    return { kind: "int", value: integer };
  }
  if (typeof value === "number") return { kind: "float", value, bytes: DOUBLE.bytes };
  const isText = typeof value === "string";
  const place = placeOf(name, isText ? TEXT : MEMORY);
  if (Array.isArray(value)) throw errors.variadicArray(place, value);
  const isMemory = value === null || isOut(value) || bytesOf(value) || rules.memoryOf(value);
  if (!isText && !isMemory) throw errors.variadicValue(place, value);
  return checked(rules, value, isText ? TEXT : MEMORY, place);
}

function typed<M>(
  rules: ValueRules<M>,
  value: unknown,
  text: string,
  name: string,
): CheckedValue<M> {
  const type = typeSaid(text, rules.names);
  return promoted(rules, value, type, placeOf(name, type));
}

/** The value alone, where `as` says what is known anyway. @throws UsageError where it says another type. */
function untyped<M>(
  { errors, names }: ValueRules<M>,
  { type: text, value }: TypedArgument,
  type: CType,
  place: Place,
): unknown {
  if (passedAs(typeSaid(text, names)) !== passedAs(type)) throw errors.otherType(place, text);
  return value;
}

/** An array is passed as a pointer. */
function typeSaid(text: string, names: Names | undefined): CType {
  const { element, lengths } = parseType(text, names);
  if (lengths.length === 0) return element;
  const to = lengths
    .slice(1)
    .reduceRight<CType>((of, length) => ({ kind: "array", of, length }), element);
  return { kind: "pointer", to, const: false };
}

/** Types that are passed alike behind `...`. */
function passedAs(type: CType): string {
  if (type.kind === "int" || type.kind === "enum") return `int ${Math.max(type.bytes, 4)}`;
  return type.kind === "pointer" ? type.kind : typeText(type);
}
