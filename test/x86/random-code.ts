/** A 64-bit linear congruential generator (Knuth's constants): the same numbers in every run. */
export class Random {
  #state: bigint;

  constructor(seed: number) {
    this.#state = BigInt(seed);
  }

  /** 0 to `end` - 1; `end` at most 2^31. */
  below(end: number): number {
    this.#state = BigInt.asUintN(64, this.#state * 6364136223846793005n + 1442695040888963407n);
    return Number(this.#state >> 33n) % end;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }
}

const PREFIXES = [0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x64, 0x65, 0x2e, 0x3e, 0x26, 0x36];

/** 15 bytes that often begin with an instruction of some map, with a memory operand. */
export function randomCode(random: Random): Uint8Array {
  const byte = () => random.below(256);
  const bytes: number[] = [];
  for (let n = random.below(3); n > 0; n--) bytes.push(random.pick(PREFIXES));
  const map = random.pick(["legacy", "legacy", "0f", "0f", "0f38", "vex", "vex", "evex", "evex"]);
  if (map === "vex") {
    bytes.push(0xc4, (random.below(8) << 5) | (1 + random.below(3)), byte(), byte());
  } else if (map === "evex") {
    bytes.push(0x62, (random.below(16) << 4) | (1 + random.below(3)), byte() | 4, byte(), byte());
  } else {
    if (random.below(2) === 0) bytes.push(0x40 + random.below(16));
    if (map !== "legacy") bytes.push(0x0f);
    if (map === "0f38") bytes.push(random.pick([0x38, 0x3a]));
    bytes.push(byte());
  }
  // ModRM: three of four with memory. Then displacements, mostly small.
  bytes.push(random.below(4) === 0 ? byte() : (random.below(3) << 6) | random.below(64));
  while (bytes.length < 15) bytes.push(random.pick([0, 0, random.below(64), byte()]));
  return Uint8Array.from(bytes.slice(0, 15));
}

/** As {@link randomCode}, mostly with r14 and r15 wherever the encoding has a general register. */
export function highRegisterCode(random: Random): Uint8Array {
  const byte = () => random.below(256);
  const register = () => random.pick([6, 7, 6, 7, random.below(8)]);
  const bytes: number[] = random.below(4) === 0 ? [random.pick([0x66, 0xf2, 0xf3, 0xf0])] : [];
  const map = random.pick(["legacy", "legacy", "legacy", "0f", "0f", "0f38", "vex", "evex"]);
  if (map === "vex") {
    // R, X and B are inverted, and so is vvvv: 14 and 15 are 1 and 0.
    const third = (byte() & 0x87) | (random.pick([0, 1, random.below(16)]) << 3);
    bytes.splice(0, 1, 0xc4, 1 + random.below(3), third, byte());
  } else if (map === "evex") {
    bytes.splice(0, 1, 0x62, 0x10 | (1 + random.below(3)), byte() | 4, byte(), byte());
  } else {
    bytes.push(0x40 | random.pick([0xf, 0xf, 7, random.below(16)]));
    if (map !== "legacy") bytes.push(0x0f);
    if (map === "0f38") bytes.push(random.pick([0x38, 0x3a]));
    bytes.push(byte());
  }
  const rm = random.pick([4, 4, register()]);
  bytes.push((random.pick([0, 1, 1, 2, 3]) << 6) | (register() << 3) | rm);
  if (rm === 4) bytes.push((random.below(4) << 6) | (register() << 3) | register());
  while (bytes.length < 15) bytes.push(random.pick([0, 0, random.below(64)]));
  return Uint8Array.from(bytes.slice(0, 15));
}
