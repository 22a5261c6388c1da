import type { CfiReader } from "./cfi-reader.js";
import { type MemoryPages, UnwindEnd } from "./memory.js";
import { type FrameRegisters, REGISTER_COUNT } from "./registers.js";

/** Operations that one expression may take: it may jump, and so go on for ever. */
const MAX_STEPS = 1000;

const u64 = (value: bigint) => BigInt.asUintN(64, value);
const i64 = (value: bigint) => BigInt.asIntN(64, value);

const BINARY: Readonly<Record<number, (a: bigint, b: bigint) => bigint>> = {
  26: (a, b) => a & b, // and
  28: (a, b) => a - b, // minus
  30: (a, b) => a * b, // mul
  33: (a, b) => a | b, // or
  34: (a, b) => a + b, // plus
  36: (a, b) => (b > 63n ? 0n : a << b), // shl
  37: (a, b) => (b > 63n ? 0n : a >> b), // shr
  38: (a, b) => i64(a) >> (b > 63n ? 63n : b), // shra
  39: (a, b) => a ^ b, // xor
  41: (a, b) => (a === b ? 1n : 0n), // eq
  42: (a, b) => (i64(a) >= i64(b) ? 1n : 0n), // ge
  43: (a, b) => (i64(a) > i64(b) ? 1n : 0n), // gt
  44: (a, b) => (i64(a) <= i64(b) ? 1n : 0n), // le
  45: (a, b) => (i64(a) < i64(b) ? 1n : 0n), // lt
  46: (a, b) => (a !== b ? 1n : 0n), // ne
};

/** The value of a DWARF expression (DWARF 5, 2.5), of the operations that frame tables use. */
export function evaluate(
  code: CfiReader,
  registers: FrameRegisters,
  memory: MemoryPages,
  initial: readonly bigint[] = [],
): bigint {
  const stack = [...initial];
  const pop = () => {
    const value = stack.pop();
    if (value === undefined) throw new UnwindEnd("an expression that takes what is not there");
    return value;
  };
  const push = (value: bigint) => stack.push(u64(value));
  for (let steps = 0; !code.isAtEnd; steps++) {
    if (steps === MAX_STEPS) throw new UnwindEnd("an expression without an end");
    const op = code.u8();
    const binary = BINARY[op];
    if (op >= 0x30 && op <= 0x4f)
      push(BigInt(op - 0x30)); // lit0 ..
    else if (op >= 0x70 && op <= 0x8f)
      push(registerOf(registers, op - 0x70) + code.sleb()); // breg0 ..
    else if (binary) {
      const b = pop();
      push(binary(pop(), b));
    } else other(op, code, { pop, push, stack }, registers, memory);
  }
  return pop();
}

interface Stack {
  readonly pop: () => bigint;
  readonly push: (value: bigint) => void;
  readonly stack: readonly bigint[];
}

function other(
  op: number,
  code: CfiReader,
  { pop, push, stack }: Stack,
  registers: FrameRegisters,
  memory: MemoryPages,
): void {
  switch (op) {
    case 0x03: // addr
    case 0x0e: // const8u
    case 0x0f: // const8s
      return push(code.u64());
    case 0x06: // deref
      return push(memory.u64(Number(pop())));
    case 0x08:
      return push(BigInt(code.u8()));
    case 0x09:
      return push(BigInt(code.i8()));
    case 0x0a:
      return push(BigInt(code.u16()));
    case 0x0b:
      return push(BigInt(code.i16()));
    case 0x0c:
      return push(BigInt(code.u32()));
    case 0x0d:
      return push(BigInt(code.i32()));
    case 0x10: // constu
      return push(code.uleb());
    case 0x11: // consts
      return push(code.sleb());
    case 0x12: // dup
      return push(stack.at(-1) ?? pop());
    case 0x13: // drop
      return void pop();
    case 0x14: // over
      return push(stack.at(-2) ?? pop());
    case 0x16: {
      const [a, b] = [pop(), pop()]; // swap
      push(a);
      return push(b);
    }
    case 0x1f: // neg
      return push(-pop());
    case 0x20: // not
      return push(~pop());
    case 0x23: // plus_uconst
      return push(pop() + code.uleb());
    case 0x28: {
      const to = code.i16(); // bra
      if (pop() !== 0n) jump(code, to);
      return;
    }
    case 0x2f: // skip
      return jump(code, code.i16());
    case 0x92: // bregx
      return push(registerOf(registers, Number(code.uleb())) + code.sleb());
    case 0x96: // nop
      return;
    default:
      throw new UnwindEnd(`the operation 0x${op.toString(16)}`);
  }
}

function jump(code: CfiReader, by: number): void {
  code.at += by;
  if (code.at < 0) throw new UnwindEnd("a jump out of an expression");
}

function registerOf(registers: FrameRegisters, register: number): bigint {
  const value = register < REGISTER_COUNT ? registers[register] : null;
  if (value == null) throw new UnwindEnd(`register ${register} is not known`);
  return value;
}
