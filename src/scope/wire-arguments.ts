import { writeSync } from "node:fs";
import type { WireType } from "../ipc/index.js";
import type { HeapFacts, HostArg } from "../machines/index.js";
import {
  type Argument,
  assertNever,
  type CType,
  FfiscopeError,
  type HeapBuffer,
  type Parameter,
  type TraceeAddress,
} from "../model/index.js";
import type { Allocator } from "../tracee/allocator.js";

/** How a value of a C type is passed. */
export function wireType(type: CType): WireType {
  switch (type.kind) {
    case "void":
      return "void";
    case "bool":
      return "bool";
    case "int":
      return `${type.signed ? "i" : "u"}${type.bytes * 8}` as WireType;
    case "float":
      return type.bytes === 4 ? "f32" : "f64";
    case "pointer":
    case "function":
      return "ptr";
    case "opaque":
      throw new FfiscopeError({
        code: "OPAQUE_BY_VALUE",
        message: `'${type.name}' cannot be passed by value: its layout is not known`,
      });
    default:
      return assertNever(type);
  }
}

/** Arguments as the host is sent them, and the buffers that were laid out for them. */
export interface LaidOut {
  readonly wire: readonly HostArg[];
  readonly buffers: readonly HeapBuffer[];
}

/**
 * Copies every buffer into the traced heap, whose memory this process shares, and turns the
 * arguments into what goes on the wire.
 */
export function layOut(
  args: readonly Argument[],
  parameters: readonly Parameter[],
  heap: HeapFacts,
  allocator: Allocator,
): LaidOut {
  const buffers: HeapBuffer[] = [];
  const wire = args.map((argument): HostArg => {
    const { value, index, name } = argument;
    switch (value.kind) {
      case "int": {
        const parameter = parameters[index];
        const type = parameter ? wireType(parameter.type) : variadicType(value.value);
        return { type: type as Exclude<WireType, "void">, value: exactly(value.value) };
      }
      case "float":
        return { type: value.bytes === 4 ? "f32" : "f64", value: value.value };
      case "null":
        return { type: "ptr", value: 0 };
      case "comparator":
        return { type: "comparator", name: value.comparator };
      case "buffer": {
        const offset = allocator.allocate(value.size);
        const address = (Number(heap.guarded) + offset) as TraceeAddress;
        if (value.bytes !== null) writeAll(heap.fd, value.bytes, offset);
        buffers.push({ name, arg: index, address, size: value.size, const: value.const });
        return { type: "ptr", value: address };
      }
      default:
        return assertNever(value);
    }
  });
  return { wire, buffers };
}

/** Events survive JSON: an integer past 2^53 goes as a decimal string. */
export function exactly(integer: bigint): number | string {
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer.toString();
}

/** A variadic integer has no declared width: 64 bits hold all that fits fewer. */
function variadicType(value: bigint): "i64" | "u64" {
  return value > 2n ** 63n - 1n ? "u64" : "i64";
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.byteLength; ) {
    done += writeSync(fd, bytes, done, bytes.byteLength - done, position + done);
  }
}
