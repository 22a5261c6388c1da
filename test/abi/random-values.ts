import type { CType, RecordField, RecordType } from "../../dist/model/index.js";
import type { Random } from "../prototype/random-records.js";

/** A value, as JavaScript gives it and as C writes it in an initializer. */
export interface BothWays {
  readonly js: unknown;
  readonly c: string;
}

export function randomValue(random: Random, type: CType): BothWays {
  switch (type.kind) {
    case "bool": {
      const js = random.isOneIn(2);
      return { js, c: js ? "1" : "0" };
    }
    case "int":
    case "enum":
      return integer(random, type.bytes * 8, type.signed);
    case "float":
      return float(random, type.bytes);
    case "complex": {
      const bytes = (type.bytes / 2) as 4 | 8 | 16;
      const [re, im] = [float(random, bytes), float(random, bytes)];
      return { js: { re: re.js, im: im.js }, c: `__builtin_complex(${re.c}, ${im.c})` };
    }
    case "pointer": {
      const js = BigInt(random.below(2 ** 31)) << BigInt(random.below(16));
      return { js: js || null, c: `(void *)${js}ull` };
    }
    case "array": {
      const all = Array.from({ length: type.length ?? 0 }, () => randomValue(random, type.of));
      return { js: all.map(({ js }) => js), c: `{${all.map(({ c }) => c).join(", ")}}` };
    }
    case "record":
      return record(random, type);
    default:
      throw new Error(`no value of ${type.kind}`);
  }
}

function integer(random: Random, bits: number, signed: boolean): BothWays {
  let value = 0n;
  for (let at = 0; at < bits; at += 16) value = (value << 16n) | BigInt(random.below(2 ** 16));
  const js = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  const word = BigInt.asUintN(64, js);
  const low = `${word}ull`;
  const high = `${BigInt.asUintN(64, js >> 64n)}ull`;
  const c = bits > 64 ? `(__int128)(((unsigned __int128)${high} << 64) | ${low})` : low;
  return { js, c };
}

/** Quarters are every type's; a long double has what no double is, too. */
function float(random: Random, bytes: 4 | 8 | 16): BothWays {
  const quarters = (random.below(2 ** 21) - 2 ** 20) / 4;
  const suffix = bytes === 4 ? "f" : bytes === 8 ? "" : "L";
  const isLong = bytes === 16 && random.isOneIn(2);
  const text = isLong ? `${random.below(99)}.${1 + random.below(10 ** 9)}e-3` : quarters.toFixed(2);
  return { js: isLong ? text : quarters, c: `${text}${suffix}` };
}

function record(random: Random, type: RecordType): BothWays {
  const named = valued(type);
  const chosen = type.union && named.length > 0 ? [random.one(named)] : named;
  const parts = chosen.map((field) => [field, fieldValue(random, field)] as const);
  const js: Record<string, unknown> = {};
  for (const [{ name }, value] of parts) {
    if (name === "") Object.assign(js, value.js);
    else js[name] = value.js;
  }
  const c = parts.map(([{ name }, value]) =>
    name === "" ? value.c.slice(1, -1) : `.${name} = ${value.c}`,
  );
  return { js, c: `{${c.filter((part) => part !== "").join(", ")}}` };
}

function fieldValue(random: Random, { type, bits }: RecordField): BothWays {
  if (!bits) return randomValue(random, type);
  if (type.kind === "bool") return randomValue(random, type);
  return integer(random, bits.width, (type as { signed: boolean }).signed);
}

/** Members that take a value: not padding, and no array of no length. */
export function valued({ fields }: RecordType): RecordField[] {
  return fields.filter(
    ({ name, type, bits }) =>
      (name !== "" || !bits) && !(type.kind === "array" && type.length === null),
  );
}
