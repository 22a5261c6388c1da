import { createHash } from "node:crypto";
import { deflateSync } from "node:zlib";
import { type CallAccess, Scope, type ScopeBuffer } from "../../dist/index.js";
import { Random } from "../x86/random-code.js";

/** Of one argument: a number, bytes that are read, or so many bytes that are written. */
type Argument = number | Uint8Array | { readonly out: number } | { readonly io: Uint8Array };

interface Call {
  readonly library: string;
  readonly prototype: string;
  readonly args: readonly Argument[];
}

/** What one call came to: what it returned and wrote, and each access. */
interface Seen {
  readonly result: string;
  readonly findings: readonly string[];
  readonly accesses: string;
}

const SIZES = [0, 1, 7, 15, 16, 31, 32, 33, 64, 65, 127, 255, 256, 1000, 4096, 5001];

/** Room for what does not get smaller. */
const roomFor = (size: number) => size + 2000;
const word = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);

type Kind = readonly [
  library: string,
  prototype: string,
  args: (data: Uint8Array, random: Random) => Argument[],
];

const text = (data: Uint8Array): Uint8Array => {
  const bytes = Uint8Array.from([...data, 0]);
  for (let at = 0; at < data.length; at++) bytes[at] = 32 + (data[at]! % 95);
  return bytes;
};

/** None of them reads what it was not given. */
const KINDS: readonly Kind[] = [
  [
    "libz.so.1",
    "ulong crc32(ulong crc, const uint8_t *data, uint n)",
    (data) => [0, data, data.length],
  ],
  [
    "libz.so.1",
    "ulong adler32(ulong sum, const uint8_t *data, uint n)",
    (data) => [1, data, data.length],
  ],
  [
    "libz.so.1",
    "int compress2(uint8_t *to, uint64_t *room, const uint8_t *data, ulong n, int level)",
    (data, random) => [
      { out: roomFor(data.length) },
      { io: word(roomFor(data.length)) },
      ...[data, data.length, random.below(10)],
    ],
  ],
  [
    "libz.so.1",
    "int uncompress(uint8_t *to, uint64_t *room, const uint8_t *data, ulong n)",
    (data) => {
      const compressed = deflateSync(data);
      const room = data.length + 1;
      return [{ out: room }, { io: word(room) }, compressed, compressed.length];
    },
  ],
  [
    "liblz4.so.1",
    "int LZ4_compress_default(const uint8_t *data, uint8_t *to, int n, int room)",
    (data) => [data, { out: roomFor(data.length) }, data.length, roomFor(data.length)],
  ],
  [
    "liblz4.so.1",
    "int LZ4_compress_HC(const uint8_t *data, uint8_t *to, int n, int room, int level)",
    (data) => [data, { out: roomFor(data.length) }, data.length, roomFor(data.length), 9],
  ],
  [
    "libzstd.so.1",
    "size_t ZSTD_compress(void *to, size_t room, const void *data, size_t n, int level)",
    (data, random) => [
      { out: roomFor(data.length) },
      ...[roomFor(data.length), data, data.length, 1 + random.below(6)],
    ],
  ],
  [
    "libbz2.so.1.0",
    "int BZ2_bzBuffToBuffCompress(uint8_t *to, uint32_t *room, uint8_t *data, uint n, int size, int verbose, int work)",
    (data) => [
      { out: roomFor(data.length) },
      { io: word(roomFor(data.length)).subarray(0, 4) },
      { io: data },
      ...[data.length, 1, 0, 0],
    ],
  ],
  [
    "libxxhash.so.0",
    "uint32_t XXH32(const void *data, size_t n, uint32_t seed)",
    (data, random) => [data, data.length, random.below(2 ** 31)],
  ],
  [
    "libxxhash.so.0",
    "uint64_t XXH3_64bits(const void *data, size_t n)",
    (data) => [data, data.length],
  ],
  [
    "liblzma.so.5",
    "uint32_t lzma_crc32(const uint8_t *data, size_t n, uint32_t crc)",
    (data) => [data, data.length, 0],
  ],
  [
    "libcrypto.so.3",
    "void *SHA256(const uint8_t *data, size_t n, uint8_t *digest)",
    (data) => [data, data.length, { out: 32 }],
  ],
  [
    "libcrypto.so.3",
    "int EVP_EncodeBlock(uint8_t *to, const uint8_t *data, int n)",
    (data) => [{ out: 4 * Math.ceil(data.length / 3) + 1 }, data, data.length],
  ],
  [
    "libsqlite3.so.0",
    "int sqlite3_strglob(const char *pattern, const char *text)",
    (data, random) => [Buffer.from(`*${" ?*[a-z]".slice(random.below(8))}\0`), text(data)],
  ],
  ["libsqlite3.so.0", "int sqlite3_complete(const char *sql)", (data) => [text(data)]],
  [
    "libmd.so.0",
    "char *MD5Data(const uint8_t *data, size_t n, char *hex)",
    (data) => [data, data.length, { out: 33 }],
  ],
  [
    "libc.so.6",
    "void *memmem(const void *in, size_t n, const void *part, size_t m)",
    (data, random) => {
      const part = data.subarray(random.below(data.length + 1));
      return [data, data.length, part, part.length];
    },
  ],
  [
    "libc.so.6",
    "void *memmove(void *to, const void *from, size_t n)",
    (data) => [{ out: data.length }, data, data.length],
  ],
];

export const LIBRARIES = [...new Set(KINDS.map(([library]) => library))];

/** The same calls for the same seed, of at most `most` bytes. */
function historyOf(seed: number, calls: number, most: number): Call[] {
  const random = new Random(seed);
  const sizes = SIZES.filter((size) => size <= most);
  return Array.from({ length: calls }, () => {
    const [library, prototype, argsOf] = KINDS[random.below(KINDS.length)]!;
    const size = sizes[random.below(sizes.length)]!;
    const spread = 1 + random.below(255);
    const data = Uint8Array.from({ length: size }, () => random.below(spread));
    return { library, prototype, args: argsOf(data, random) };
  });
}

/** Makes the calls, all in one scope. */
async function perform(calls: readonly Call[], engine: "auto" | "reference"): Promise<Seen[]> {
  await using scope = await Scope.open({ engine });
  const seen: Seen[] = [];
  for (const { library, prototype, args } of calls) {
    const buffers: ScopeBuffer[] = [];
    const given: (number | ScopeBuffer)[] = [];
    for (const [i, arg] of args.entries()) {
      if (typeof arg === "number") {
        given.push(arg);
        continue;
      }
      const content = "out" in arg ? arg.out : "io" in arg ? arg.io : arg;
      const buffer = await scope.alloc(content as Buffer, { name: `arg${i}` });
      buffers.push(buffer);
      given.push(buffer);
    }
    const called = (await scope.load(library)).func(prototype);
    const call = await (called as (...of: unknown[]) => ReturnType<typeof called>)(...given);
    const copies = args.some((arg) => typeof arg === "object" && !(arg instanceof Uint8Array));
    const hash = createHash("sha256");
    for (const buffer of buffers) hash.update(await buffer.read());
    seen.push({
      result: `${resultOf(prototype, call.result)} ${hash.digest("hex")}`,
      findings: call.findings.map(({ message }) => message),
      accesses: (copies ? bytesOf(call.events) : eachOf(call.events)).join("\n"),
    });
    for (const buffer of buffers) await buffer.free();
  }
  return seen;
}

/** Of an address only where it lies in its page: heaps lie elsewhere each time. */
function resultOf(prototype: string, result: unknown): string {
  if (!/^\w+ \*/.test(prototype) || result === null) return String(result);
  return BigInt(result as string | bigint)
    .toString(16)
    .slice(-3);
}

type Event = Pick<CallAccess, "kind" | "size" | "buffer" | "offset" | "certain">;

const eachOf = (events: Iterable<Event>): string[] =>
  [...events].map(
    ({ kind, size, buffer, offset, certain }) => `${kind} ${buffer}+${offset} ${size} ${certain}`,
  );

/**
 * Which bytes are read, and which are written. How a copy is cut into accesses goes by where the
 * library's own memory lies, which is not the same in two runs.
 */
function bytesOf(events: Iterable<Event>): string[] {
  const bytes = new Map<string, Set<number>>();
  for (const { kind, size, buffer, offset } of events) {
    const of = `${kind} ${buffer}`;
    const set = bytes.get(of) ?? new Set();
    bytes.set(of, set);
    for (let at = 0; at < size; at++) set.add((offset ?? 0) + at);
  }
  return [...bytes].map(([of, set]) => `${of} ${runsOf(set)}`).sort();
}

function runsOf(set: ReadonlySet<number>): string {
  const runs: [number, number][] = [];
  for (const at of [...set].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last?.[1] === at) last[1]++;
    else runs.push([at, at + 1]);
  }
  return runs.map(([start, end]) => `${start}-${end}`).join();
}

/** One line for each call that the engines see differently, or that has findings. */
export async function differencesOf(
  seed: number,
  calls: number,
  most = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const history = historyOf(seed, calls, most);
  const [auto, reference] = [
    await perform(history, "auto"),
    await perform(history, "reference"),
  ] as const;
  return history.flatMap(({ prototype }, i) => {
    const [a, b] = [auto[i]!, reference[i]!];
    const at = `seed ${seed}, call ${i}, ${prototype}`;
    const found = [...a.findings, ...b.findings].map((finding) => `${at}: ${finding}`);
    if (a.result !== b.result) return [...found, `${at}: ${a.result} and ${b.result}`];
    if (a.accesses === b.accesses) return found;
    const [x, y] = [a.accesses.split("\n"), b.accesses.split("\n")];
    const first = x.findIndex((access, row) => access !== y[row]);
    return [...found, `${at}: access ${first} is ${x[first]} and ${y[first]}`];
  });
}
