import type { ArgumentSpec } from "../specs/argument-spec.js";

/** One system call of the x86-64 table. */
export interface Syscall {
  readonly number: number;
  readonly name: string;
  /** A argument spec for each argument that it has; null for one that leads to no memory. */
  readonly args: readonly (ArgumentSpec | null)[];
}

export function row(number: number, name: string, ...args: (ArgumentSpec | null)[]): Syscall {
  return { number, name, args };
}

/** Calls without pointers, as `number name argument-count` separated by commas. */
export function rowsWithoutPointers(text: string): Syscall[] {
  return text
    .trim()
    .split(/\s*,\s*/)
    .map((entry) => {
      const [number, name, count] = entry.split(" ");
      return row(Number(number), name!, ...new Array(Number(count)).fill(null));
    });
}
