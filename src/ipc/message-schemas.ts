import { VALUE_CLASSES } from "../abi/index.js";
import { WIRE_TYPES } from "./messages.js";
import { integer, list, names, type Schema, tuple, tuples, variants } from "./schema.js";

/**
 * How the messages of messages.ts lie on the wire. Reading is checked against these, and writing
 * follows them, so the two cannot differ.
 */

const i8 = integer("i8", -(2n ** 7n), 2n ** 7n - 1n);
const u8 = integer("u8", 0n, 2n ** 8n - 1n);
const i16 = integer("i16", -(2n ** 15n), 2n ** 15n - 1n);
const u16 = integer("u16", 0n, 2n ** 16n - 1n);
const i32 = integer("i32", -(2n ** 31n), 2n ** 31n - 1n);
const u32 = integer("u32", 0n, 2n ** 32n - 1n);
const i64 = integer("i64", -(2n ** 63n), 2n ** 63n - 1n);
export const u64 = integer("u64", 0n, 2n ** 64n - 1n);
/** A return value: whoever reads it knows the C type. */
const i64OrU64 = integer("i64 or u64", i64.min, u64.max);
/** Event memory has rows of 8 bytes in columns of 2^40 (event-columns.ts): it holds no more events. */
const eventCount = integer("a number of events", 0n, 2n ** 37n);
const bit = integer("bool as an integer", 0n, 1n);
const float: Schema = { kind: "float" };
const boolean: Schema = { kind: "boolean" };
const text: Schema = { kind: "text" };

/**
 * More page_ptrs than any heap has that fits a frame: a page past 4 GiB takes 9 bytes, so 256 MiB
 * hold 29.8 million, and below 4 GiB there is one million. Without it a frame of one-byte repeats
 * makes an array of 268 million, past what V8 allocates, which no `catch` survives.
 */
export const MAX_PAGE_PTRS = 2 ** 25;

/** A list from a child is bounded, for what it takes in memory is many times its bytes. */
const MAX_FEATURES = 256;
const MAX_FUNCTIONS = 4096;
/** Of one message; what is more comes in several. */
export const MAX_BUFFERS = 4096;

/** More than a process may have mappings, unless its administrator raised vm.max_map_count. */
const MAX_RANGES = 2 ** 16;

/** A text from a child, in bytes: its names (paths have PATH_MAX), and what it says is wrong. */
const name: Schema = { kind: "text", limit: 4096 };
const sentence: Schema = { kind: "text", limit: 2 ** 20 };

/** Bytes in hex: those of a result are as many as the largest stack of a call could hold. */
const hex: Schema = { kind: "text", limit: 2 ** 25 };

const hello = tuple({ version: u32, features: list(name, MAX_FEATURES) });

const result = variants({ Void: tuple({}), Int: i64OrU64, Float: float, Bytes: hex });

export const CHILD_MESSAGE = variants({
  StartFfi: tuple({ page_ptrs: list(u64, MAX_PAGE_PTRS), stack_ptr: u64 }),
  OverrideRetcode: i32,
  Hello: hello,
  Heap: tuple({ fd: i32, guarded: u64, backdoor: u64, size: u64 }),
  StartRanges: tuple({
    ranges: list(tuple({ start: u64, size: u64 }), MAX_RANGES),
    stack_ptr: u64,
  }),
  EventMemory: i32,
  Returned: tuples(tuple({ call: u32, result }), tuple({ call: u32, result, errno: i32 })),
  Refused: tuple({ call: u32, code: name, message: sentence }),
  Functions: tuple({
    functions: list(tuple({ image: name, name, address: u64, size: u64 }), MAX_FUNCTIONS),
  }),
  Buffers: tuple({
    added: list(tuple({ name, address: u64, size: u64 }), MAX_BUFFERS),
    freed: list(u64, MAX_BUFFERS),
  }),
});

const range = tuple({ addr: u64, size: u64 });

/** Confirmation has no field, MemEvents has one. */
export const SUPERVISOR_ANSWER: Schema = tuples(
  tuple({}),
  tuple({ acc_events: list(variants({ Read: range, Write: tuple({ range, certain: boolean }) })) }),
);

const CALL = {
  call: u32,
  library: text,
  deep: boolean,
  symbol: text,
  result: names([...WIRE_TYPES, ...VALUE_CLASSES]),
  args: list(
    variants({
      bool: bit,
      ...{ i8, u8, i16, u16, i32, u32, i64, u64 },
      f32: float,
      f64: float,
      ptr: u64,
      result: u32,
      bytes: tuple({ class: names(VALUE_CLASSES), align: u32, bytes: text }),
      comparator: text,
    }),
  ),
  fixed_args: i32,
  resolve: list(text),
};

export const SUPERVISOR_EXTENSION = variants({
  Hello: hello,
  SharedEvents: eventCount,
  Call: tuples(tuple(CALL), tuple({ ...CALL, armed: boolean })),
  Load: tuple({ call: u32, library: text, deep: boolean }),
  Resolve: tuple({ names: list(text) }),
  Findings: tuple({
    findings: list(
      tuple({
        ...{ kind: text, buffer: text, offset: i64, size: u64, count: u64 },
        ...{ ip: u64, symbol: text, message: text },
      }),
    ),
  }),
  Exit: tuple({}),
});
