/**
 * The protocol between a traced child and its supervisor, as the child sees it:
 *
 * ```
 * raise(SIGSTOP)                       once, at start-up, before anything else
 *
 * send  StartFfi { page_ptrs, stack_ptr }
 * recv  Confirmation
 * raise(SIGSTOP)
 *    ... the native call ...
 * raise(SIGUSR1)
 * recv  MemEvents
 * ```
 *
 * `OverrideRetcode(i32)` may be sent at any point of this, also while the call is traced, by any
 * thread; it is answered with a `Confirmation`. Confirmations come in the order of the requests.
 *
 * What goes wrong when a step is skipped:
 * - start-up SIGSTOP: the supervisor was never let attach. A frame before it is a violation, and
 *   without it the session ends when the start timeout does.
 * - StartFfi: the next SIGSTOP and SIGUSR1 belong to no call; that SIGUSR1 is a violation, and what
 *   the native code touched was not seen.
 * - waiting for the Confirmation: SIGSTOP reaches a tracer that was not armed yet. And whoever has
 *   not taken it off the socket takes it for the MemEvents later.
 * - SIGSTOP: the call runs unguarded, and the SIGUSR1 after it is a violation, since it comes
 *   between Confirmation and SIGSTOP.
 * - SIGUSR1: the call has not ended. Everything the child does on is recorded as the call's, and
 *   its next StartFfi, or the end of its file, is a violation.
 * - taking the MemEvents: they are taken for the Confirmation of the next StartFfi.
 *
 * On the wire a message is one frame (framing.ts) of MessagePack, laid out as Rust's
 * `rmp_serde::to_vec` lays out an externally tagged enum or a struct (message-schemas.ts):
 *
 * | message                     | bytes                                             |
 * | --------------------------- | ------------------------------------------------- |
 * | `StartFfi`                  | `81 "StartFfi" 92 [page_ptrs...] stack_ptr`       |
 * | `OverrideRetcode`           | `81 "OverrideRetcode" code`                       |
 * | `Confirmation`              | `90`                                              |
 * | `MemEvents`                 | `91 [event...]`                                   |
 * | an event                    | `81 "Read" 92 addr size`                          |
 * |                             | `81 "Write" 92 (92 addr size) certain`            |
 * | an extension, either way    | `81 name [field...]`                              |
 *
 * Extensions are for our own clients. They begin with a `Hello`, which a plain client never sends
 * and is therefore never sent; what a plain client sees does not change. Towards the child they
 * are maps and the plain messages arrays, so the first byte tells them apart.
 *
 * Integers are numbers when safe and BigInt past 2^53 - 1, on both sides of the codec.
 */

import type { ValueClass } from "../abi/index.js";

/** What a child sends. */
export type ChildMessage =
  /**
   * Asks for the next call to be traced. `pagePtrs`: addresses of pages that native code may
   * reach, in any order, repeats allowed. `stackPtr`: a scratch area of 1024 bytes, or 0.
   */
  | {
      readonly type: "StartFfi";
      readonly pagePtrs: readonly (number | bigint)[];
      readonly stackPtr: number | bigint;
    }
  /** From now on the supervisor returns `code`, an i32, whatever the child exits with. */
  | { readonly type: "OverrideRetcode"; readonly code: number }
  | Hello
  /**
   * The heap that native code is given: a memfd, by its number in the child, with the addresses of
   * its two views. `size` in bytes.
   */
  | {
      readonly type: "Heap";
      readonly fd: number;
      readonly guarded: number | bigint;
      readonly backdoor: number | bigint;
      readonly size: number | bigint;
    }
  /**
   * As `StartFfi`, with the heap as ranges: `[start, size]` in bytes, whole pages. For heaps of which
   * a list of pages would be long.
   */
  | {
      readonly type: "StartRanges";
      readonly ranges: readonly (readonly [start: number | bigint, size: number | bigint])[];
      readonly stackPtr: number | bigint;
    }
  /**
   * A memfd, by its number in the child, for the events of the next call that has many: see
   * `SharedEvents`. It is the supervisor's to write until then, and is used once.
   */
  | { readonly type: "EventMemory"; readonly fd: number }
  /** `Call` number `call` came back. `errno`: what it set errno(3) to, if it did. */
  | {
      readonly type: "Returned";
      readonly call: number;
      readonly result: ReturnValue;
      readonly errno?: number;
    }
  /** `Call` number `call` was not made: the library or the symbol could not be loaded. */
  | {
      readonly type: "Refused";
      readonly call: number;
      readonly code: string;
      readonly message: string;
    }
  /** Where functions are that no symbol table names. */
  | { readonly type: "Functions"; readonly functions: readonly NamedFunction[] }
  /** Allocations of the heap since the last call, by which the next ones are judged; and those freed. */
  | {
      readonly type: "Buffers";
      readonly added: readonly NamedBuffer[];
      /** By address. */
      readonly freed: readonly (number | bigint)[];
    };

/** What a supervisor sends. */
export type SupervisorMessage =
  /** The answer to StartFfi and to OverrideRetcode. */
  | { readonly type: "Confirmation" }
  /** The accesses of the call that ended, in order. */
  | { readonly type: "MemEvents"; readonly events: readonly MemEvent[] }
  | Hello
  /** In the place of MemEvents: there are `count`, in the child's event memory (event-columns.ts). */
  | { readonly type: "SharedEvents"; readonly count: number }
  /** Make this call, under the steps above, and answer with `Returned` or `Refused`. */
  | {
      readonly type: "Call";
      readonly call: number;
      /** A path or a soname. */
      readonly library: string;
      /** Load it with RTLD_DEEPBIND: its own symbols come before Node's copies of them. */
      readonly deep: boolean;
      readonly symbol: string;
      /** A value class: it comes back as its bytes. */
      readonly result: WireType | ValueClass;
      readonly args: readonly WireArg[];
      /** How many parameters come before `...`; -1 where the function is not variadic. */
      readonly fixedArgs: number;
      /** Functions of libc to look up and to tell of in `Functions`, before the call. */
      readonly resolve: readonly string[];
      /**
       * It is armed already: no StartFfi is sent for it, and it has neither Confirmation nor MemEvents.
       * To hosts that have the feature `armed-calls`.
       */
      readonly armed?: true;
    }
  /** Load this library and keep it, and answer with `Returned` or `Refused`. Nothing is traced. */
  | {
      readonly type: "Load";
      readonly call: number;
      readonly library: string;
      readonly deep: boolean;
    }
  /** Look up these functions of libc, and tell of them in `Functions`. */
  | { readonly type: "Resolve"; readonly names: readonly string[] }
  /** What the call that ended must not have done: before its events, where there is any. */
  | { readonly type: "Findings"; readonly findings: readonly ToldFinding[] }
  /** There are no more calls. */
  | { readonly type: "Exit" };

/** An allocation of a client's heap. `size` in bytes. */
export interface NamedBuffer {
  readonly name: string;
  readonly address: number | bigint;
  readonly size: number | bigint;
}

/** A finding as a child is told of it, by the names that `ffiscope trace --json` gives it. */
export interface ToldFinding {
  readonly kind: string;
  readonly buffer: string;
  readonly offset: number;
  readonly size: number;
  readonly count: number;
  readonly ip: number | bigint;
  /** Empty where it is not known. */
  readonly symbol: string;
  readonly message: string;
}

/** The first message of either side, where extensions are spoken. */
export interface Hello {
  readonly type: "Hello";
  readonly version: number;
  readonly features: readonly string[];
}

/** A function by its entry point. `size` in bytes; 0 where nobody knows it. */
export interface NamedFunction {
  /** A soname, or `ffiscope` for code of our own. */
  readonly image: string;
  readonly name: string;
  readonly address: number | bigint;
  readonly size: number | bigint;
}

/** One access as a child is told of it. A read is always certain. */
export interface MemEvent {
  readonly kind: "read" | "write";
  /** The lowest byte. */
  readonly address: number | bigint;
  /** In bytes. */
  readonly size: number | bigint;
  readonly certain: boolean;
}

/** What a call returned. A pointer is an int; bytes are in hex, those of registers whole. */
export type ReturnValue =
  | { readonly kind: "void" }
  | { readonly kind: "int"; readonly value: number | bigint }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "bytes"; readonly value: string };

/** How a value is passed to native code. */
export const WIRE_TYPES = [
  "void",
  "bool",
  "i8",
  "u8",
  "i16",
  "u16",
  "i32",
  "u32",
  "i64",
  "u64",
  "f32",
  "f64",
  "ptr",
] as const;

export type WireType = (typeof WIRE_TYPES)[number];

/** A value by its bytes, in hex. `align`: on the stack, in bytes; 0 where it takes no place there. */
export interface WireBytes {
  readonly type: "bytes";
  readonly class: ValueClass;
  readonly align: number;
  readonly bytes: string;
}

/**
 * One argument of a `Call`. A `bool` is 0 or 1; a `comparator` is built in, known by its name. `result`: not
 * an argument of the prototype, but memory of so many bytes for a result of the class `memory`.
 */
export type WireArg =
  | { readonly type: Exclude<WireType, "void"> | "result"; readonly value: number | bigint }
  | WireBytes
  | { readonly type: "comparator"; readonly name: string };
