/** What a function of test/fixtures/clients/native.c touches, given an address and a number. */
export type Effects = (address: bigint, number: bigint) => readonly string[];

/** Bytes that a load or a store moves. */
export const SIZES = [1, 2, 4, 8, 16, 32] as const;

const load = (size: bigint): Effects => {
  return (address) => [event("read", address, size)];
};
const store = (size: bigint): Effects => {
  return (address) => [event("write", address, size)];
};

const EFFECTS: Readonly<Record<string, Effects>> = {
  ...Object.fromEntries([...SIZES, 64].map((size) => [`load${size}`, load(BigInt(size))])),
  ...Object.fromEntries([...SIZES, 64].map((size) => [`store${size}`, store(BigInt(size))])),
  increment4: (address) => [event("read", address, 4n), event("write", address, 4n)],
  copy: (from, length) => [event("read", from, length), event("write", from + length, length)],
  loads: (address, times) => {
    return Array.from({ length: Number(times) }, (_, i) => {
      return event("read", address + 8n * BigInt(i % 512), 8n);
    });
  },
  to_pipe: (address, length) => [event("read", address, length)],
  nothing: () => [],
  raise_sigusr1: () => [],
};

/** As the clients print an event. */
function event(kind: "read" | "write", address: bigint, size: bigint): string {
  return `event ${kind} 0x${address.toString(16)} ${size} certain`;
}

export function effectsOf(name: string): Effects {
  const effects = EFFECTS[name];
  if (!effects) throw new Error(`no native function '${name}'`);
  return effects;
}
