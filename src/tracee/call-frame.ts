import {
  type Destination,
  type PassedArgument,
  type Placement,
  placeArguments,
  type ValueClass,
} from "../abi/index.js";
import type { ReturnValue, WireArg, WireType } from "../ipc/index.js";
import { codeAt, errnoAddress } from "../native/foreign-function.js";
import { mapMemory, viewMemory } from "../native/memory/heap-mapping.js";
import { FRAME, mapCallCode } from "./call-code.js";
import { resultOf } from "./call-result.js";

/** What is passed for an argument: a comparator is an address by now. */
export type PassedValue = Exclude<WireArg, { type: "comparator" }>;

type ScalarValue = Exclude<PassedValue, { type: "bytes" }>;

const POINTER: PassedArgument = { class: "integer", size: 8, align: 8 };
const FLOAT: PassedArgument = { class: "sse", size: 8, align: 8 };

const PAGE = 4096;

/** The memory that one call at a time is made from, and comes back to. Only this process's main thread calls. */
export class CallFrame {
  readonly #code = mapCallCode();
  readonly #run = codeAt(this.#code.address);
  readonly #address = mapMemory(PAGE);
  readonly #view = viewOf(this.#address, PAGE);
  /** Arguments on the stack are copied from here; behind them is what a result in memory is written to. */
  #memory = { address: 0, size: 0, view: new DataView(new ArrayBuffer(0)) as DataView };
  /** In {@link #memory}. */
  #result = { offset: 0, size: 0 };

  constructor() {
    this.#view.setBigUint64(FRAME.errnoAddress, BigInt(errnoAddress()), true);
  }

  /** Where its code is. */
  get code(): { readonly address: number; readonly size: number } {
    return this.#code;
  }

  /** Puts the values of a call of the function at `address` where they are passed. */
  prepare(address: number, args: readonly PassedValue[], result: WireType | ValueClass): void {
    const memory = args.find((arg): arg is ScalarValue => arg.type === "result");
    const values = args.filter(({ type }) => type !== "result");
    const placement = placeArguments(values.map(passedAs), result === "memory");
    this.#reserve(placement, Number(memory?.value ?? 0));
    const view = this.#view;
    view.setBigUint64(FRAME.function, BigInt(address), true);
    for (let at = FRAME.integer; at < FRAME.vectorCount; at += 8) view.setBigUint64(at, 0n, true);
    for (let at = FRAME.vector; at < FRAME.integerResults; at += 8) view.setBigUint64(at, 0n, true);
    view.setUint32(FRAME.vectorCount, placement.vectors, true);
    view.setUint32(FRAME.x87Count, result === "x87" ? 1 : result === "x87-x87" ? 2 : 0, true);
    if (result === "memory") {
      const at = BigInt(this.#memory.address + this.#result.offset);
      view.setBigUint64(FRAME.integer, at, true);
    }
    for (const [i, value] of values.entries()) this.#put(value, placement.arguments[i]!);
  }

  /** Makes the call. */
  run(): void {
    this.#run(this.#address);
  }

  /** What errno(3) was when the function returned. */
  get errno(): number {
    return this.#view.getInt32(FRAME.errno, true);
  }

  /** What the function returned. */
  result(type: WireType | ValueClass): ReturnValue {
    const { offset, size } = this.#result;
    const { buffer } = this.#memory.view;
    return resultOf(this.#view, type, new Uint8Array(buffer, offset, size));
  }

  /** Room for what is on the stack, and for a result in memory, which is zero before the call. */
  #reserve({ stackSize, stackAlign }: Placement, resultSize: number): void {
    const offset = Math.ceil(stackSize / PAGE) * PAGE;
    const size = offset + resultSize;
    if (size > this.#memory.size) {
      const room = Math.ceil((size * 2) / PAGE) * PAGE; // what was there before stays mapped
      const address = mapMemory(room);
      this.#memory = { address, size: room, view: viewOf(address, room) };
    }
    this.#result = { offset, size: resultSize };
    new Uint8Array(this.#memory.view.buffer, 0, size).fill(0);
    this.#view.setBigUint64(FRAME.stackWords, BigInt(stackSize / 8), true);
    this.#view.setBigUint64(FRAME.stackAddress, BigInt(this.#memory.address), true);
    this.#view.setBigInt64(FRAME.stackMask, BigInt(-stackAlign), true);
  }

  #put(value: PassedValue, destinations: readonly Destination[]): void {
    const bytes = value.type === "bytes" ? Buffer.from(value.bytes, "hex") : null;
    for (const to of destinations) {
      const view = to.in === "stack" ? this.#memory.view : this.#view;
      const at = to.in === "stack" ? to.offset : FRAME[to.in] + to.register * 8;
      if (value.type === "bytes") {
        const eightbyte =
          to.in === "stack" ? bytes! : bytes!.subarray(to.eightbyte * 8).subarray(0, 8);
        new Uint8Array(view.buffer, at).set(eightbyte);
      } else putScalar(view, at, value);
    }
  }
}

function putScalar(view: DataView, at: number, { type, value }: ScalarValue): void {
  if (type === "f32") view.setFloat32(at, Number(value), true);
  else if (type === "f64") view.setFloat64(at, Number(value), true);
  // Narrower ones are extended by their sign, as GCC's callers do.
  else view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
}

function passedAs(value: PassedValue): PassedArgument {
  if (value.type === "bytes") return { ...value, size: value.bytes.length / 2 };
  return value.type === "f32" || value.type === "f64" ? FLOAT : POINTER;
}

function viewOf(address: number, size: number): DataView {
  return new DataView(viewMemory(address, size).buffer);
}
