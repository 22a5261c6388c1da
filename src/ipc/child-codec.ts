import { assertNever } from "../model/index.js";
import { allNarrowed, narrowed } from "./integers.js";
import { CHILD_MESSAGE } from "./message-schemas.js";
import type { ChildMessage, Hello, ReturnValue } from "./messages.js";
import { read } from "./read.js";
import { type Value, write } from "./write.js";

type Integer = number | bigint;

/** CHILD_MESSAGE, as values. */
type ChildValue =
  | { readonly StartFfi: readonly [readonly Integer[], Integer] }
  | { readonly OverrideRetcode: Integer }
  | { readonly Hello: HelloValue }
  | { readonly Heap: readonly [Integer, Integer, Integer, Integer] }
  | { readonly StartRanges: readonly [readonly (readonly [Integer, Integer])[], Integer] }
  | { readonly EventMemory: Integer }
  | {
      readonly Returned:
        | readonly [Integer, ReturnValueValue]
        | readonly [Integer, ReturnValueValue, Integer];
    }
  | { readonly Refused: readonly [Integer, string, string] }
  | { readonly Functions: readonly [readonly (readonly [string, string, Integer, Integer])[]] }
  | {
      readonly Buffers: readonly [
        readonly (readonly [string, Integer, Integer])[],
        readonly Integer[],
      ];
    };

export type HelloValue = readonly [Integer, readonly string[]];

type ReturnValueValue =
  | { readonly Void: readonly [] }
  | { readonly Int: Integer }
  | { readonly Float: number }
  | { readonly Bytes: string };

/** The payload of a frame that holds `message`. */
export function encodeChildMessage(message: ChildMessage): Uint8Array {
  return write(CHILD_MESSAGE, childValue(message) satisfies Value);
}

/** The message that the payload of a child's frame holds. Throws a ProtocolError. */
export function decodeChildMessage(payload: Uint8Array): ChildMessage {
  return childMessage(read(payload, CHILD_MESSAGE) as ChildValue);
}

function childValue(message: ChildMessage): ChildValue {
  switch (message.type) {
    case "StartFfi":
      return { StartFfi: [message.pagePtrs, message.stackPtr] };
    case "OverrideRetcode":
      return { OverrideRetcode: message.code };
    case "Hello":
      return { Hello: helloValue(message) };
    case "Heap":
      return { Heap: [message.fd, message.guarded, message.backdoor, message.size] };
    case "StartRanges":
      return { StartRanges: [message.ranges, message.stackPtr] };
    case "EventMemory":
      return { EventMemory: message.fd };
    case "Returned": {
      const { call, errno } = message;
      const result = returnValueValue(message.result);
      return { Returned: errno === undefined ? [call, result] : [call, result, errno] };
    }
    case "Refused":
      return { Refused: [message.call, message.code, message.message] };
    case "Functions": {
      const { functions } = message;
      return { Functions: [functions.map((f) => [f.image, f.name, f.address, f.size])] };
    }
    case "Buffers": {
      const { added, freed } = message;
      return { Buffers: [added.map((b) => [b.name, b.address, b.size]), freed] };
    }
    default:
      return assertNever(message);
  }
}

function childMessage(value: ChildValue): ChildMessage {
  if ("StartFfi" in value) {
    const [pagePtrs, stackPtr] = value.StartFfi;
    return { type: "StartFfi", pagePtrs: allNarrowed(pagePtrs), stackPtr: narrowed(stackPtr) };
  }
  if ("OverrideRetcode" in value) {
    return { type: "OverrideRetcode", code: Number(value.OverrideRetcode) };
  }
  if ("Hello" in value) return helloOf(value.Hello);
  if ("Heap" in value) {
    const [fd, guarded, backdoor, size] = value.Heap;
    return {
      type: "Heap",
      fd: Number(fd),
      guarded: narrowed(guarded),
      backdoor: narrowed(backdoor),
      size: narrowed(size),
    };
  }
  if ("StartRanges" in value) {
    const [ranges, stackPtr] = value.StartRanges;
    return {
      type: "StartRanges",
      ranges: ranges.map(([start, size]) => [narrowed(start), narrowed(size)] as const),
      stackPtr: narrowed(stackPtr),
    };
  }
  if ("EventMemory" in value) return { type: "EventMemory", fd: Number(value.EventMemory) };
  if ("Returned" in value) {
    const [call, result, errno] = value.Returned;
    const returned = {
      type: "Returned",
      call: Number(call),
      result: returnValueOf(result),
    } as const;
    return errno === undefined ? returned : { ...returned, errno: Number(errno) };
  }
  if ("Functions" in value) {
    const functions = value.Functions[0].map(([image, name, address, size]) => {
      return { image, name, address: narrowed(address), size: narrowed(size) };
    });
    return { type: "Functions", functions };
  }
  if ("Buffers" in value) {
    const added = value.Buffers[0].map(([name, address, size]) => {
      return { name, address: narrowed(address), size: narrowed(size) };
    });
    return { type: "Buffers", added, freed: allNarrowed(value.Buffers[1]) };
  }
  const [call, code, message] = value.Refused;
  return { type: "Refused", call: Number(call), code, message };
}

export function helloValue({ version, features }: Hello): HelloValue {
  return [version, features];
}

export function helloOf([version, features]: HelloValue): Hello {
  return { type: "Hello", version: Number(version), features };
}

function returnValueValue(result: ReturnValue): ReturnValueValue {
  switch (result.kind) {
    case "void":
      return { Void: [] };
    case "int":
      return { Int: result.value };
    case "float":
      return { Float: result.value };
    case "bytes":
      return { Bytes: result.value };
    default:
      return assertNever(result);
  }
}

function returnValueOf(value: ReturnValueValue): ReturnValue {
  if ("Void" in value) return { kind: "void" };
  if ("Int" in value) return { kind: "int", value: narrowed(value.Int) };
  if ("Bytes" in value) return { kind: "bytes", value: value.Bytes };
  return { kind: "float", value: value.Float };
}
