import { compileFixture } from "../support/fixtures.js";
import type { Access, Span } from "./access.js";

const SOURCE = "test/fixtures/oracle/driver.c";
const FLAGS = ["-Wall", "-Wextra", "-Werror", "-O1", "-fno-builtin", "-lm", "-ldl"];

/** The path of the driver, compiled. */
export function driver(): string {
  return compileFixture(SOURCE, FLAGS);
}

/** Where the driver maps its heap. */
export const HEAP: Span = { start: 0x100_0000_0000, size: 96 * 4096 };

/** One case in one run. */
export interface CaseRun {
  /** What it returned; null for void. */
  readonly result: string | null;
  /** What its buffers held then, as a number. */
  readonly hash: string;
  /** What belonged to the function: more may be looked at by some implementations of it. */
  readonly buffers: readonly Span[];
  readonly accesses: readonly Access[];
  /** `libz.so.1+0x2b40`: the same in every run, wherever the library is mapped. */
  codeOf(ip: number): string;
}

interface Image extends Span {
  readonly name: string;
}

/**
 * Cases by name, from what the driver printed and the accesses of its calls, which come in the same
 * order. Throws where the numbers differ: a run was cut short.
 */
export function caseRuns(
  stdout: string,
  calls: readonly (readonly Access[])[],
): ReadonlyMap<string, CaseRun> {
  const runs = new Map<string, CaseRun>();
  const images: Image[] = [];
  const codeOf = (ip: number) => codeText(images, ip);
  let name = "";
  let buffers: Span[] = [];
  let result: string | null = null;
  for (const line of stdout.split("\n").slice(0, -1)) {
    const [word, ...values] = line.split(" ");
    const [first, second] = values.map((hex) => Number.parseInt(hex, 16)) as [number, number];
    switch (word) {
      case "case":
        [name, buffers, result] = [values[0]!, [], null];
        break;
      case "buffer":
        buffers.push({ start: first, size: second });
        break;
      case "result":
        result = values.join(" ");
        break;
      case "hash":
        runs.set(name, { result, hash: values[0]!, buffers, codeOf, accesses: calls[runs.size]! });
        break;
      case "image":
        images.push({ start: first, size: second - first, name: values[2]! });
        break;
      default:
        throw new Error(`the driver said '${line}'`);
    }
  }
  if (runs.size !== calls.length)
    throw new Error(`${runs.size} cases were said, ${calls.length} calls were seen`);
  return runs;
}

function codeText(images: readonly Image[], ip: number): string {
  const image = images.find(({ start, size }) => ip >= start && ip < start + size);
  const offset = (ip - (image?.start ?? 0)).toString(16);
  return image ? `${image.name}+0x${offset}` : `0x${offset}`;
}
