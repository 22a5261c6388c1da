import fc from "fast-check";

/** One change to a row of bytes. `at` and `span` are taken modulo what is there. */
export type Mutation =
  | { readonly kind: "put"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "remove"; readonly at: number; readonly span: number }
  | { readonly kind: "repeat"; readonly at: number; readonly span: number; readonly times: number }
  | { readonly kind: "flip"; readonly at: number; readonly bit: number }
  | { readonly kind: "cut"; readonly at: number };

/** What is wrong most often where a length, a count or an offset stands: edges of every width. */
const EDGES = [
  ...["00", "01", "7f", "80", "ff", "ffff", "00000000", "7fffffff", "80000000", "ffffffff"],
  ...["0000000000000080", "ffffffffffffffff", "ffffffffffffff7f", "0000000000002000"],
].map((hex) => Uint8Array.from(Buffer.from(hex, "hex")));

const anywhere = fc.nat(0x3fff_ffff);
const bytes = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.constantFrom(...EDGES));

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constant("put" as const), at: anywhere, bytes }),
  fc.record({ kind: fc.constant("insert" as const), at: anywhere, bytes }),
  fc.record({ kind: fc.constant("remove" as const), at: anywhere, span: fc.nat(16) }),
  fc.record({
    ...{ kind: fc.constant("repeat" as const), at: anywhere },
    ...{ span: fc.integer({ min: 1, max: 16 }), times: fc.integer({ min: 1, max: 40 }) },
  }),
  fc.record({ kind: fc.constant("flip" as const), at: anywhere, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("cut" as const), at: anywhere }),
);

/** None is the shrunk case of all, so that what fails without any is seen to. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(mutation, { maxLength: 6 });

/** `original` with each change made to what the one before it left. */
export function mutated(original: Uint8Array, changes: readonly Mutation[]): Buffer {
  return changes.reduce<Buffer>((bytes, change) => applied(bytes, change), Buffer.from(original));
}

function applied(bytes: Buffer, change: Mutation): Buffer {
  const at = change.at % (bytes.length + 1);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (change.kind) {
    case "put":
      return Buffer.concat([before, change.bytes, after.subarray(change.bytes.length)]);
    case "insert":
      return Buffer.concat([before, change.bytes, after]);
    case "remove":
      return Buffer.concat([before, after.subarray(change.span)]);
    case "repeat": {
      const repeated = Array.from({ length: change.times }, () => after.subarray(0, change.span));
      return Buffer.concat([before, ...repeated, after]);
    }
    case "flip": {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at]! ^= 1 << change.bit;
      return flipped;
    }
    case "cut":
      return Buffer.from(before);
  }
}
