import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { ROOT } from "../support/fixtures.js";

/** The words of JSON Schema that ours uses. */
interface Schema {
  readonly $ref?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly type?: string;
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

const TRACE = JSON.parse(readFileSync(join(ROOT, "schema/trace.schema.json"), "utf8")) as Schema;

/** Throws where `value`, parsed from JSON, is not as `schema/trace.schema.json` has it. */
export function expectSchema(value: unknown): void {
  expect(problems(value, TRACE, "$")).to.deep.equal([]);
}

function problems(value: unknown, schema: Schema, at: string): string[] {
  if (schema.$ref) return problems(value, TRACE.$defs![schema.$ref.split("/").at(-1)!]!, at);
  if (schema.anyOf) {
    const each = schema.anyOf.map((one) => problems(value, one, at));
    return each.some((found) => found.length === 0) ? [] : each.flat();
  }
  const found: string[] = [];
  const hold = (isSo: boolean, what: string) => {
    if (!isSo) found.push(`${at}: ${what}, and is ${JSON.stringify(value)}`);
  };
  if ("const" in schema) hold(value === schema.const, `is ${schema.const}`);
  if (schema.enum) hold(schema.enum.includes(value), `is one of ${schema.enum.join()}`);
  if (schema.type) hold(typesOf(value).includes(schema.type), `is a ${schema.type}`);
  if (schema.pattern) hold(new RegExp(schema.pattern).test(String(value)), schema.pattern);
  if (schema.items && Array.isArray(value)) {
    found.push(...value.flatMap((item, i) => problems(item, schema.items!, `${at}[${i}]`)));
  }
  if (!schema.properties || typeof value !== "object" || value === null) return found;
  const { properties, required = [] } = schema;
  for (const key of required) hold(key in value, `has ${key}`);
  for (const [key, held] of Object.entries(value)) {
    const own = properties[key];
    if (own) found.push(...problems(held, own, `${at}.${key}`));
    else hold(schema.additionalProperties !== false, `has no ${key}`);
  }
  return found;
}

function typesOf(value: unknown): string[] {
  if (value === null) return ["null"];
  if (Array.isArray(value)) return ["array"];
  return typeof value === "number" && Number.isInteger(value)
    ? ["number", "integer"]
    : [typeof value];
}
