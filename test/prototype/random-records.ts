/** `below(n)`: 0 to n - 1, the same from the same seed. */
export class Random {
  constructor(private state: number) {}

  below(n: number): number {
    this.state = (Math.imul(this.state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * n);
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  isOneIn(n: number): boolean {
    return this.below(n) === 0;
  }
}

const INTEGERS: readonly (readonly [type: string, bits: number])[] = [
  ["char", 8],
  ["signed char", 8],
  ["unsigned short", 16],
  ["short", 16],
  ["int", 32],
  ["unsigned", 32],
  ["long", 64],
  ["unsigned long long", 64],
  ["enum color", 32],
  ["_Bool", 1],
  ["aligned_int", 32],
  ["loose_long", 64],
  ["enum small", 8],
];

const OTHERS = [
  ...["float", "double", "long double", "__int128", "double _Complex", "void *", "int (*)(void)"],
  ...["short_pair", "float _Complex", "char *", "vector"],
];

/** Types that the random ones use. */
const PRELUDE = `
enum color { RED, GREEN = 1 << 4, BLUE };
enum __attribute__((packed)) small { ON = 1 };
typedef int aligned_int __attribute__((aligned(8)));
typedef long loose_long __attribute__((aligned(2)));
typedef struct { short a, b; } short_pair;
typedef float vector __attribute__((vector_size(16)));
`;

/** A text with `count` structs and unions, `record0` and on, nested, packed, aligned, with bit-fields. */
export function randomRecords(seed: number, count: number): string {
  const random = new Random(seed);
  const parts = [PRELUDE];
  for (let n = 0; n < count; n++) {
    const pack = random.isOneIn(6) ? random.one([1, 2, 4, 8]) : null;
    const record = `typedef ${recordText(random, `r${n}`, 0, n, { next: 0 })} record${n};`;
    parts.push(pack ? `#pragma pack(push, ${pack})\n${record}\n#pragma pack(pop)` : record);
  }
  return parts.join("\n");
}

/** `names`: of members, also those of anonymous records within. */
function recordText(
  random: Random,
  tag: string,
  depth: number,
  known: number,
  names: { next: number },
): string {
  const keyword = random.isOneIn(4) ? "union" : "struct";
  const members = Array.from({ length: 1 + random.below(7) }, () =>
    memberText(random, depth, known, names),
  );
  if (keyword === "struct" && depth === 0 && random.isOneIn(10)) {
    members.push(`int m${names.next++};`, `${random.one(["short", "double"])} flexible[];`);
  }
  const attributes = [
    ...(random.isOneIn(4) ? ["__packed__"] : []),
    ...(random.isOneIn(6) ? [`aligned(${random.one([1, 2, 8, 16, 32])})`] : []),
  ];
  const after = attributes.length > 0 ? ` __attribute__((${attributes.join(", ")}))` : "";
  return `${keyword} ${tag} {\n${members.join("\n")}\n}${after}`;
}

function memberText(random: Random, depth: number, known: number, names: { next: number }): string {
  const name = `m${names.next++}`;
  const align = random.isOneIn(8)
    ? ` __attribute__((aligned(${random.one([1, 2, 4, 8, 16])})))`
    : "";
  const packed = random.isOneIn(8) ? " __attribute__((packed))" : "";
  switch (random.below(depth < 2 ? 10 : 8)) {
    case 0:
    case 1:
    case 2:
    case 3: {
      const [type, bits] = random.one(INTEGERS);
      const width = random.isOneIn(3) ? bits : 1 + random.below(bits);
      if (random.isOneIn(8)) return `${type} : ${random.isOneIn(2) ? 0 : width};`;
      return `${type} ${name} : ${width}${align}${packed};`;
    }
    case 4:
      return known > 0
        ? `record${random.below(known)} ${name}${align};`
        : `int ${name}[2][3]${align};`;
    case 5:
      return `${random.one(INTEGERS)[0].replace("aligned_int", "int")} ${name}[${1 + random.below(4)}]${packed}${align};`;
    case 6: {
      const other = random.one(OTHERS);
      const member = other.includes("(*)")
        ? other.replace("(*)", `(*${name})`)
        : `${other} ${name}`;
      return `${member}${align}${packed};`;
    }
    case 7:
      return `_Alignas(${random.one([8, 16])}) ${random.one(["char", "short", "int"])} ${name};`;
    case 8:
      return `${recordText(random, "", depth + 1, known, names)};`;
    default:
      return `${recordText(random, "", depth + 1, known, { next: 0 })} ${name}${align};`;
  }
}
