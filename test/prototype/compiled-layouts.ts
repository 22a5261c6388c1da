import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecordType } from "../../dist/model/index.js";

/** `struct point`, and what we say of it. */
export type NamedRecord = readonly [name: string, record: RecordType];

/** What of the layouts of `records` is not as the compiler has it behind `text`: one line each. */
export function layoutDifferences(
  text: string,
  records: readonly NamedRecord[],
  flags: readonly string[] = [],
): string[] {
  const facts = records.flatMap(([name, record]) => factsOf(name, record));
  const bits = facts.filter(({ bit }) => bit);
  const program = [
    text,
    "extern int printf(const char *, ...);",
    ...bits.map(({ bit, c }, i) => `static ${bit} bits${i} = { .${c} = -1 };`),
    `static const struct { const void *at; unsigned long size; } objects[] = {`,
    ...bits.map((_, i) => `{ &bits${i}, sizeof bits${i} },`),
    "{ 0, 0 } };",
    "static const unsigned long numbers[] = {",
    ...facts.flatMap(({ c, bit }) => (bit ? [] : `${c},`)),
    "0 };",
    "int main(void) {",
    '  for (unsigned i = 0; i + 1 < sizeof numbers / sizeof *numbers; i++) printf("%lu\\n", numbers[i]);',
    "  for (unsigned i = 0; objects[i].at; i++) {",
    "    unsigned first = 0, count = 0;",
    "    for (unsigned bit = 0; bit < objects[i].size * 8; bit++)",
    "      if (((const unsigned char *)objects[i].at)[bit / 8] >> bit % 8 & 1) { if (!count++) first = bit; }",
    '    printf("%u:%u\\n", first, count);',
    "  }",
    "}",
  ].join("\n");
  const said = run(program, flags);
  const inOrder = [...facts.filter(({ bit }) => !bit), ...bits];
  if (said.length !== inOrder.length)
    throw new Error(`${said.length} answers to ${inOrder.length}`);
  return inOrder.flatMap(({ what, ours }, i) =>
    ours === said[i] ? [] : [`${what}: ${ours}, and by the compiler ${said[i]}`],
  );
}

/** Which of `constants` are not what the compiler has behind `text`. */
export function constantDifferences(
  text: string,
  constants: ReadonlyMap<string, { readonly value: bigint }>,
): string[] {
  const all = [...constants];
  const program = [
    text,
    "extern int printf(const char *, ...);",
    `static const long long numbers[] = { ${all.map(([name]) => `${name},`).join("\n")} 0 };`,
    `int main(void) { for (int i = 0; i < ${all.length}; i++) printf("%lld\\n", numbers[i]); }`,
  ].join("\n");
  const said = all.length === 0 ? [] : run(program, []);
  return all.flatMap(([name, { value }], i) => {
    const ours = String(BigInt.asIntN(64, value));
    return ours === said[i] ? [] : [`${name}: ${ours}, and by the compiler ${said[i]}`];
  });
}

interface Fact {
  readonly what: string;
  readonly ours: string;
  /** An expression; of a bit-field: its path. */
  readonly c: string;
  /** The type of the object with the bit-field. */
  readonly bit: string | null;
}

function factsOf(name: string, record: RecordType): Fact[] {
  return [
    fact(`sizeof(${name})`, record.size),
    fact(`_Alignof(${name})`, record.align),
    ...fieldFacts(name, record, 0),
  ];
}

function fieldFacts(name: string, record: RecordType, base: number): Fact[] {
  return record.fields.flatMap((field): Fact[] => {
    if (field.name === "" && field.bits) return []; // no name that C could ask by
    if (field.name === "") {
      // Padding cannot be asked for.
      if (field.bits) return [];
      return fieldFacts(name, field.type as RecordType, base + field.offset);
    }
    if (!field.bits) {
      return [fact(`__builtin_offsetof(${name}, ${field.name})`, base + field.offset)];
    }
    const { offset, width } = field.bits;
    const shown = field.type.kind === "bool" ? 1 : width;
    const ours = `${base * 8 + offset}:${shown}`;
    return [{ what: `${name}.${field.name}`, ours, c: field.name, bit: name }];
  });
}

const fact = (c: string, ours: number): Fact => ({ what: c, ours: String(ours), c, bit: null });

function run(program: string, flags: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-layouts-"));
  try {
    writeFileSync(join(folder, "layouts.c"), program);
    const output = join(folder, "layouts");
    execFileSync("cc", ["-w", ...flags, "-o", output, join(folder, "layouts.c")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    return execFileSync(output, { encoding: "utf8", maxBuffer: 2 ** 26 })
      .trimEnd()
      .split("\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
