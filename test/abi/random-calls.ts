import type { CType } from "../../dist/model/index.js";
import { Declarations } from "../../dist/prototype/index.js";
import { Random, randomRecords } from "../prototype/random-records.js";
import { type BothWays, randomValue, valued } from "./random-values.js";

/** A function of the library, with the values of one call. */
export interface RandomCall {
  readonly prototype: string;
  /** `null`: where the memory for the digest goes. */
  readonly values: readonly ({ readonly value: BothWays; readonly as: string | null } | null)[];
  /** Null for void. */
  readonly result: { readonly type: string; readonly value: BothWays } | null;
  /** The function that calls it from C, with the same values. */
  readonly expected: string;
}

export interface RandomLibrary {
  readonly declarations: string;
  readonly source: string;
  readonly calls: readonly RandomCall[];
}

interface Named {
  readonly name: string;
  readonly type: CType;
}

const SCALARS = [
  ...["_Bool", "char", "signed char", "unsigned char", "short", "unsigned short", "int"],
  ...["unsigned", "long", "unsigned long long", "__int128", "unsigned __int128", "float"],
  ...["double", "long double", "float _Complex", "double _Complex", "long double _Complex"],
  ...["void *", "enum color", "enum small", "float", "double", "float", "double"],
];

/** What is passed behind `...` as it is. */
const UNPROMOTED =
  /^(?:int|unsigned|long|unsigned long long|u?n?s?i?g?n?e?d? ?__int128|(?:long )?double|.*_Complex|void \*|record.*)$/;

/**
 * A library of `count` functions of random types. Each digests its arguments, member by member, and
 * returns a constant; beside each is a function that calls it as the compiler does. Its values are static:
 * what no member of a union's says is zero then, and a digest of another member has it.
 */
export function randomLibrary(seed: number, count: number): RandomLibrary {
  const random = new Random(seed);
  const declarations = randomRecords(seed, 40);
  const types = typesOf(declarations);
  const digests = new Digests();
  const bodies: string[] = [];
  const calls = Array.from({ length: count }, (_, n) => {
    const { call, body } = randomCall(random, types, digests, n);
    bodies.push(body);
    return call;
  });
  return {
    declarations,
    source: [declarations, HEAD, ...digests.texts, ...bodies].join("\n"),
    calls,
  };
}

const HEAD = `
typedef unsigned long long u64;
static u64 mix(u64 digest, const void *from, unsigned size) {
  const unsigned char *bytes = from;
  for (unsigned i = 0; i < size; i++) digest = (digest ^ bytes[i]) * 0x100000001b3ull;
  return digest;
}
static u64 mix_word(u64 digest, u64 word) { return mix(digest, &word, 8); }
`;

function typesOf(text: string): Named[] {
  const declarations = new Declarations();
  declarations.declare(text);
  const records = [...declarations.names.types]
    .filter(([name]) => /^record\d+$/.test(name))
    .map(([name, { type }]) => ({ name, type }))
    .filter(({ type }) => isPassed(type));
  const scalars = SCALARS.map((name) => ({
    name,
    type: declarations.signature(`void f(${name} a)`).parameters[0]!.type,
  }));
  return [...scalars, ...records, ...records];
}

function isPassed(type: CType): boolean {
  if (type.kind === "array") return isPassed(type.of);
  return type.kind === "record"
    ? type.fields.every((f) => isPassed(f.type))
    : type.kind !== "opaque";
}

function randomCall(random: Random, types: readonly Named[], digests: Digests, n: number) {
  const isVariadic = random.isOneIn(5);
  const fixed = Array.from({ length: random.below(9) }, () => random.one(types));
  const more = isVariadic
    ? Array.from({ length: random.below(6) }, () => random.one(types)).filter(
        ({ name, type }) => UNPROMOTED.test(name) && (type.kind !== "record" || type.size > 0),
      )
    : [];
  const result = random.isOneIn(8) ? null : random.one(types);
  const place = random.below(fixed.length + 1);
  const named = fixed.map(({ name }, i) => `${name} a${i}`);
  named.splice(place, 0, "u64 *digest");
  const of = (list: readonly Named[]) =>
    list.map(({ name, type }) => ({ name, value: randomValue(random, type) }));
  const [values, rest] = [of(fixed), of(more)];
  const returned = result && { type: result.name, value: randomValue(random, result.type) };
  const parameters = [...named, ...(isVariadic ? ["..."] : [])].join(", ");
  const prototype = `${result?.name ?? "void"} f${n}(${parameters})`;
  const last = /\w+$/.exec(named.at(-1)!)![0];
  const body = [
    `${prototype} {`,
    "  u64 d = 14695981039346656037ull;",
    ...fixed.map(({ name, type }, i) => `  d = ${digests.of(name, type)}(d, &a${i});`),
    ...(isVariadic ? [`  __builtin_va_list list; __builtin_va_start(list, ${last});`] : []),
    ...more.map(
      ({ name, type }) =>
        `  { ${name} v = __builtin_va_arg(list, ${name}); d = ${digests.of(name, type)}(d, &v); }`,
    ),
    "  *digest = d;",
    ...(returned ? [`  static const ${returned.type} r = ${returned.value.c}; return r;`] : []),
    "}",
    `void e${n}(u64 *digest) {`,
    ...[...values, ...rest].map(({ name, value }, i) => `  static ${name} v${i} = ${value.c};`),
    `  f${n}(${inOrder(
      [...values, ...rest].map((_, i) => `v${i}`),
      place,
      "digest",
    ).join(", ")});`,
    "}",
  ].join("\n");
  const given = [
    ...values.map(({ value }) => ({ value, as: null })),
    ...rest.map(({ name, value }) => ({ value, as: name })),
  ];
  const call: RandomCall = {
    prototype: prototype.replace("u64 *", "unsigned long long *"),
    values: inOrder<RandomCall["values"][number]>(given, place, null),
    result: returned,
    expected: `void e${n}(unsigned long long *digest)`,
  };
  return { call, body };
}

function inOrder<T>(list: readonly T[], place: number, digest: T): T[] {
  return [...list.slice(0, place), digest, ...list.slice(place)];
}

/** Functions in C that digest a value, one a type. */
class Digests {
  readonly texts: string[] = [];
  readonly #known = new Set<string>();

  of(name: string, type: CType): string {
    const known = `digest_${name.replace(/\W/g, (c) => (c === "*" ? "p" : "_"))}`;
    if (!this.#known.has(known)) {
      this.#known.add(known);
      const lines = digestOf(type, "(*v)");
      this.texts.push(
        `static u64 ${known}(u64 d, const ${name} *v) {\n${lines.join("\n")}\nreturn d; }`.replace(
          "const void * *v",
          "void *const *v",
        ),
      );
    }
    return known;
  }
}

/** Statements that mix the value of the expression `c` into `d`: without padding. */
function digestOf(type: CType, c: string): string[] {
  switch (type.kind) {
    case "record":
      return valued(type).flatMap(({ name, type: of, bits }) => {
        if (name === "") return digestOf(of, c);
        return bits ? [`d = mix_word(d, (u64)${c}.${name});`] : digestOf(of, `${c}.${name}`);
      });
    case "array":
      return Array.from({ length: type.length ?? 0 }, (_, i) =>
        digestOf(type.of, `${c}[${i}]`),
      ).flat();
    case "float":
      return [`d = mix(d, &${c}, ${type.bytes === 16 ? 10 : type.bytes});`];
    case "complex": {
      const size = type.bytes / 2;
      const part = (at: number) =>
        `d = mix(d, (const char *)&${c} + ${at}, ${size === 16 ? 10 : size});`;
      return [part(0), part(size)];
    }
    default:
      return [`d = mix(d, &${c}, sizeof ${c});`];
  }
}
