import { readFileSync } from "node:fs";
import { GPR_NAMES, type Machine, SYMBOLS } from "./machine.js";

/** One line of a `.cases` file in test/fixtures/instructions; the README there has the format. */
export interface InstructionCase {
  readonly section: string;
  /** GNU as, Intel syntax. */
  readonly assembly: string;
  readonly before: string;
  readonly expected: string;
  readonly after: string;
  readonly notes: ReadonlySet<string>;
}

export interface ExpectedAccess {
  readonly kind: "read" | "write" | "unknown";
  readonly certain: boolean;
  readonly address: number;
  readonly size: number;
}

export function readCases(path: string | URL): InstructionCase[] {
  const cases: InstructionCase[] = [];
  let section = "";
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line.startsWith("# ")) section = line.slice(2);
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [assembly, before, expected, after, notes] = line.split("|").map((part) => part.trim());
    if (!assembly || before === undefined || !expected) throw new Error(`not a case: ${line}`);
    const words = new Set((notes ?? "").split(" ").filter(Boolean));
    cases.push({ section, assembly, before, expected, after: after ?? "", notes: words });
  }
  return cases;
}

/** `heap+8`, `other`, `-1`, `0x10`. `shift` moves what lies in the heap. */
export function numberOf(text: string, shift = 0): bigint {
  const symbolic = /^([a-z]+)(?:([+-])(\w+))?$/.exec(text);
  if (!symbolic) return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
  const [, name, sign, offset] = symbolic;
  const base = SYMBOLS[name!];
  if (base === undefined) throw new Error(`no symbol ${name}`);
  const distance = BigInt(offset ?? 0);
  return BigInt(base + (name === "heap" ? shift : 0)) + (sign === "-" ? -distance : distance);
}

/** `i32:1,-1`, or `i8*16:1` for sixteen times the same. */
export function bytesOf(text: string): Uint8Array {
  const [, bits, times, list] = /^i(8|16|32|64)(?:\*(\d+))?:(.*)$/.exec(text) ?? [];
  if (!bits || list === undefined) throw new Error(`not bytes: ${text}`);
  const once = list.split(",").map((value) => BigInt.asUintN(64, numberOf(value)));
  const values = Array.from({ length: Number(times ?? 1) }, () => once).flat();
  const width = Number(bits) / 8;
  return Uint8Array.from(
    values.flatMap((value) =>
      Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn)),
    ),
  );
}

const FLAGS: Readonly<Record<string, bigint>> = {
  CF: 1n,
  PF: 1n << 2n,
  ZF: 1n << 6n,
  SF: 1n << 7n,
  DF: 1n << 10n,
  OF: 1n << 11n,
};

/** Sets up a machine from `rdi=heap k1=0b101 v2=i32:1,2 [heap+4]=i8:7 flags=DF,ZF`. */
export function setUp(machine: Machine, text: string, shift = 0): Machine {
  for (const setting of text.split(" ").filter(Boolean)) {
    const [name, value] = splitOnce(setting, "=");
    const gpr = GPR_NAMES.indexOf(name);
    const number = Number(name.slice(name.startsWith("mm") ? 2 : 1));
    if (gpr >= 0) machine.gprs.set(gpr, BigInt.asUintN(64, numberOf(value, shift)));
    else if (name === "flags") machine.flags = flagsOf(value);
    else if (name === "fs") machine.fs = numberOf(value, shift);
    else if (name === "gs") machine.gs = numberOf(value, shift);
    else if (name.startsWith("[")) {
      machine.memory.set(Number(numberOf(name.slice(1, -1), shift)), bytesOf(value));
    } else if (/^k\d$/.test(name)) machine.opmasks.set(number, BigInt.asUintN(64, numberOf(value)));
    else if (/^mm\d$/.test(name)) machine.mmxs.set(number, bytesOf(value));
    else if (/^v\d+$/.test(name)) machine.vectors.set(number, bytesOf(value));
    else throw new Error(`no setting ${setting}`);
  }
  return machine;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  if (at < 0) throw new Error(`no ${separator} in ${text}`);
  return [text.slice(0, at), text.slice(at + 1)];
}

function flagsOf(list: string): bigint {
  return list
    .split(",")
    .filter(Boolean)
    .reduce((flags, name) => flags | FLAGS[name]!, 0n);
}

/** `read heap+4 4, write? other 8`, or `-` for none. */
export function expectedAccesses(text: string, shift = 0): ExpectedAccess[] {
  if (text === "-") return [];
  return text.split(",").map((part) => {
    const [word, address, size] = part.trim().split(/ +/);
    const kind = word!.replace("?", "") as ExpectedAccess["kind"];
    if (!["read", "write", "unknown"].includes(kind) || size === undefined) {
      throw new Error(`not an access: ${part}`);
    }
    const at = Number(BigInt.asUintN(64, numberOf(address!, shift)));
    return { kind, certain: !word!.endsWith("?"), address: at, size: Number(size) };
  });
}
