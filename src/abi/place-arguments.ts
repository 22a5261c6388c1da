import type { ValueClass } from "./classify.js";

/** Registers that arguments are passed in, in order: rdi, rsi, rdx, rcx, r8, r9; xmm0 to xmm7. */
export const INTEGER_REGISTERS = 6;
export const VECTOR_REGISTERS = 8;

const EIGHTBYTE = 8;

/** An argument by how it is passed. Sizes in bytes; `align` 0: on the stack it takes no place. */
export interface PassedArgument {
  readonly class: ValueClass;
  readonly size: number;
  readonly align: number;
}

/** Where eightbytes of an argument go: to a register by its number, or to the stack from an offset on. */
export type Destination =
  | { readonly in: "integer" | "vector"; readonly register: number; readonly eightbyte: number }
  | { readonly in: "stack"; readonly offset: number };

/** Where the arguments of one call go. */
export interface Placement {
  /** Of each argument; none for one without bytes. */
  readonly arguments: readonly (readonly Destination[])[];
  /** Taken of xmm0 to xmm7: what a variadic function finds in al. */
  readonly vectors: number;
  /** In bytes, a multiple of 8. */
  readonly stackSize: number;
  /** What the stack's first argument is aligned to, in bytes: 16 at least. */
  readonly stackAlign: number;
}

/**
 * Where arguments go, from the left (3.2.3, "Passing"): one that does not fit what is left of the
 * registers goes to the stack whole, and a later one may still take them. `hasResultPointer`: rdi holds
 * where the result is to be written.
 */
export function placeArguments(
  passed: readonly PassedArgument[],
  hasResultPointer: boolean,
): Placement {
  let integers = hasResultPointer ? 1 : 0;
  let vectors = 0;
  let stackSize = 0;
  let stackAlign = 16;
  const toStack = ({ size, align }: PassedArgument): Destination[] => {
    if (align === 0) return [];
    const offset = Math.ceil(stackSize / align) * align;
    stackSize = offset + Math.ceil(size / EIGHTBYTE) * EIGHTBYTE;
    stackAlign = Math.max(stackAlign, align);
    return [{ in: "stack", offset }];
  };
  const place = (argument: PassedArgument): Destination[] => {
    if (argument.class === "none") return [];
    const words = argument.class.split("-");
    const taken = { integer: 0, sse: 0 };
    for (const word of words) {
      if (word === "integer" || word === "sse") taken[word]++;
      else if (word !== "none") return toStack(argument);
    }
    const isFull =
      integers + taken.integer > INTEGER_REGISTERS || vectors + taken.sse > VECTOR_REGISTERS;
    if (isFull) return toStack(argument);
    return words.flatMap((word, eightbyte): Destination[] => {
      if (word === "none") return [];
      if (word === "sse") return [{ in: "vector", register: vectors++, eightbyte }];
      return [{ in: "integer", register: integers++, eightbyte }];
    });
  };
  return { arguments: passed.map(place), vectors, stackSize, stackAlign };
}
