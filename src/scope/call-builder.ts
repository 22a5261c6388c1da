import { passing } from "../abi/index.js";
import type { CallBuffers } from "../judge/index.js";
import type { HostArg, HostCall } from "../machines/index.js";
import { assertNever, type Signature, toHex } from "../model/index.js";
import type { CheckedArgument, CheckedValue, Laid } from "../values/index.js";
import { scopeErrors } from "./errors.js";
import type { GivenBuffer } from "./given-buffer.js";
import type { Given } from "./live-buffers.js";
import type { BufferPointer, ScopeBuffer } from "./scope-buffer.js";
import type { ScopeHeap } from "./scope-heap.js";
import {
  exactly,
  resultMemory,
  variadicType,
  wireBytes,
  wireResult,
  wireType,
} from "./wire-values.js";

/** A function of a library, as a call needs it. */
export interface ForeignRequest {
  /** A path or a soname. */
  readonly library: string;
  /** Load it with RTLD_DEEPBIND. */
  readonly deep: boolean;
  readonly signature: Signature;
}

/** One argument of a call, checked; memory is that of the scope. */
export type ScopeArgument = CheckedArgument<BufferPointer>;

type PointerValue = Extract<CheckedValue<BufferPointer>, { kind: "address" | "memory" | "buffer" }>;

/** What a buffer is given for. `const`: it must not be written. */
type GivenAs = { -readonly [K in keyof Given]: Given[K] };

/**
 * Builds one call for the host: arguments are added in order of position, and what they point to is
 * put into the heap. `release` gives back the memory that was made for it.
 */
export class CallBuilder {
  readonly #args: HostArg[] = [];
  readonly #temporaries: ScopeBuffer[] = [];
  /** Functions that are there for this call. */
  readonly #callbacks: bigint[] = [];
  /** By the first argument that each buffer was given for. */
  readonly #given = new Map<ScopeBuffer, GivenAs>();

  constructor(
    readonly request: ForeignRequest,
    readonly heap: ScopeHeap,
  ) {}

  /** Throws HEAP_FULL, BUFFER_FREED, FOREIGN_BUFFER. */
  add({ name, index, value }: ScopeArgument): void {
    switch (value.kind) {
      case "int": {
        const parameter = this.request.signature.parameters[index];
        const type = parameter ? wireType(parameter.type) : variadicType(value.value);
        this.#args.push({ type, value: exactly(value.value) } as HostArg);
        return;
      }
      case "float":
        this.#args.push({ type: value.bytes === 4 ? "f32" : "f64", value: value.value });
        return;
      case "value":
        this.#args.push(wireBytes(value.type, this.#content(index, value)));
        return;
      case "copy":
        this.#args.push(wireBytes(value.type, this.#copy(value)));
        return;
      case "null":
        this.#args.push({ type: "ptr", value: 0 });
        return;
      case "comparator":
        this.#args.push({ type: "comparator", name: value.comparator });
        return;
      case "callback": {
        const address = this.heap.callbacks.add(value.signature, value.fn);
        this.#callbacks.push(address);
        this.#args.push({ type: "ptr", value: toHex(address) });
        return;
      }
      case "address":
      case "memory":
      case "buffer":
        this.#args.push({ type: "ptr", value: toHex(this.#address(name, index, value)) });
        return;
      default:
        assertNever(value);
    }
  }

  /** The bytes of a value, with the addresses in it. */
  #content(arg: number, { bytes, size, pointers = [] }: Laid<BufferPointer>): Buffer {
    const content = bytes ? Buffer.from(bytes) : Buffer.alloc(size);
    for (const { offset, name, to } of pointers) {
      const value: PointerValue =
        "memory" in to
          ? { kind: "memory", memory: to.memory, const: false }
          : { kind: "buffer", ...to, const: false };
      content.writeBigUInt64LE(this.#address(name, arg, value), offset);
    }
    return content;
  }

  /** What memory of the scope holds where a value of `type` is to be. Throws BUFFER_RANGE, BUFFER_FREED. */
  #copy({ memory: { buffer, offset }, type }: Extract<ScopeArgument["value"], { kind: "copy" }>) {
    buffer.assertLive();
    if (buffer.heap !== this.heap) throw scopeErrors.foreignBuffer(buffer.label);
    const { size } = passing(type);
    const end = offset + size;
    if (end > buffer.size) throw scopeErrors.outside(buffer.label, offset, end, buffer.size);
    return buffer.heap.read(buffer.start + offset, size);
  }

  /** What is passed for a pointer. Memory that is not there yet is made for this call. */
  #address(name: string, arg: number, value: PointerValue): bigint {
    const given = { arg, name, const: value.const };
    if (value.kind === "address") {
      // What a call has returned may lie in a buffer: it is that buffer that the call is given.
      const memory = this.heap.at(value.value);
      if (memory) this.#give(memory.buffer, given);
      return value.value;
    }
    if (value.kind === "memory") {
      const { buffer, offset } = value.memory;
      this.#give(buffer, given);
      return buffer.address + BigInt(offset);
    }
    const buffer = this.heap.place(value, name);
    this.#temporaries.push(buffer);
    this.#give(buffer, given);
    return buffer.address;
  }

  /**
   * What the host is asked for, once all arguments are added, and the buffers that it is given.
   * `resolve`: functions of libc that it is to look up; `timeout`: of this call, in ms, the session's
   * unless given.
   */
  build(
    resolve: readonly string[],
    timeout: number | undefined,
  ): { readonly call: HostCall; readonly buffers: CallBuffers<GivenBuffer> } {
    const { library, deep, signature } = this.request;
    const buffers = this.#buffers();
    const call = {
      library,
      deep,
      symbol: signature.symbol ?? signature.name,
      result: wireResult(signature.result),
      args: [...this.#args, ...resultMemory(signature.result)],
      fixedArgs: signature.variadic ? signature.parameters.length : -1,
      resolve,
      buffers,
      unwritten: buffers.given.flatMap(({ source, arg }) => (source.isWritten ? [] : [arg])),
      ...(timeout !== undefined && { timeout }),
    };
    return { call, buffers };
  }

  /** All that is allocated, for C may have kept a pointer to any of it. */
  #buffers(): CallBuffers<GivenBuffer> {
    const bySerial = [...this.#reached()].sort(([a], [b]) => a.serial - b.serial);
    const ofArguments = bySerial.filter(([source]) => this.#given.has(source));
    const others = bySerial.filter(([source]) => !this.#given.has(source));
    const given = new Map<ScopeBuffer, Given>();
    for (const [source, arg] of [...ofArguments, ...others]) {
      const as = this.#given.get(source);
      const name = source.name ?? as?.name ?? source.label;
      given.set(source, { name, arg, const: as?.const ?? false });
    }
    return this.heap.live.forCall(given);
  }

  /** Frees what was made for this call. */
  release(): void {
    for (const address of this.#callbacks) this.heap.callbacks.end(address);
    for (const buffer of this.#temporaries) if (!buffer.freed) buffer.release();
  }

  #give(buffer: ScopeBuffer, given: GivenAs): void {
    if (buffer.heap !== this.heap) throw scopeErrors.foreignBuffer(buffer.label);
    const before = this.#given.get(buffer);
    if (!before) this.#given.set(buffer, given);
    else if (!given.const) before.const = false;
  }

  /** The arguments that lead to buffers, through the pointers that we wrote. */
  #reached(): Map<ScopeBuffer, number> {
    const reached = new Map<ScopeBuffer, number>();
    const open = [...this.#given].map(([buffer, { arg }]) => [buffer, arg] as const);
    for (let next = open.shift(); next; next = open.shift()) {
      const [buffer, arg] = next;
      if (reached.has(buffer) || buffer.freed) continue;
      reached.set(buffer, arg);
      for (const { buffer: target } of buffer.pointers.values()) open.push([target, arg]);
    }
    return reached;
  }
}
