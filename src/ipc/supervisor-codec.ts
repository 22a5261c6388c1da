import type { ValueClass } from "../abi/index.js";
import { assertNever } from "../model/index.js";
import { check } from "./check.js";
import { type HelloValue, helloOf, helloValue } from "./child-codec.js";
import { frameEmpty } from "./errors.js";
import { familyOf } from "./formats.js";
import { narrowed } from "./integers.js";
import { SUPERVISOR_ANSWER, SUPERVISOR_EXTENSION } from "./message-schemas.js";
import type { MemEvent, SupervisorMessage, ToldFinding, WireArg, WireType } from "./messages.js";
import { read } from "./read.js";
import { readAnswer } from "./read-answer.js";
import { type Value, write } from "./write.js";

type Integer = number | bigint;

type ArgValue = Readonly<Record<string, Integer | string | readonly [ValueClass, Integer, string]>>;

/** SUPERVISOR_EXTENSION, as values. */
type ExtensionValue =
  | { readonly Hello: HelloValue }
  | { readonly SharedEvents: Integer }
  | {
      readonly Call: readonly [
        call: Integer,
        library: string,
        deep: boolean,
        symbol: string,
        result: WireType | ValueClass,
        args: readonly ArgValue[],
        fixedArgs: Integer,
        resolve: readonly string[],
        armed?: boolean,
      ];
    }
  | { readonly Load: readonly [call: Integer, library: string, deep: boolean] }
  | { readonly Resolve: readonly [readonly string[]] }
  | { readonly Findings: readonly [readonly FindingValue[]] }
  | { readonly Exit: readonly [] };

type FindingValue = readonly [
  ...[kind: string, buffer: string, offset: Integer, size: Integer, count: Integer],
  ...[ip: Integer, symbol: string, message: string],
];

/**
 * The payload of a frame that holds `message`. MemEvents of a call come from its log instead,
 * without a message: `MemEventsWriter`.
 */
export function encodeSupervisorMessage(message: SupervisorMessage): Uint8Array {
  switch (message.type) {
    case "Confirmation":
      return write(SUPERVISOR_ANSWER, []);
    case "MemEvents":
      return write(SUPERVISOR_ANSWER, [message.events.map(eventValue)]);
    case "Hello":
      return write(SUPERVISOR_EXTENSION, { Hello: helloValue(message) });
    case "SharedEvents":
      return write(SUPERVISOR_EXTENSION, { SharedEvents: message.count });
    case "Call":
      return write(SUPERVISOR_EXTENSION, {
        Call: [
          message.call,
          message.library,
          message.deep,
          message.symbol,
          message.result,
          message.args.map(argValue),
          message.fixedArgs,
          message.resolve,
          ...(message.armed ? [true] : []),
        ],
      });
    case "Load": {
      const { call, library, deep } = message;
      return write(SUPERVISOR_EXTENSION, { Load: [call, library, deep] });
    }
    case "Resolve":
      return write(SUPERVISOR_EXTENSION, { Resolve: [message.names] });
    case "Findings":
      return write(SUPERVISOR_EXTENSION, { Findings: [message.findings.map(findingValue)] });
    case "Exit":
      return write(SUPERVISOR_EXTENSION, { Exit: [] });
    default:
      return assertNever(message);
  }
}

/** The message that the payload of a supervisor's frame holds. Throws a ProtocolError. */
export function decodeSupervisorMessage(payload: Uint8Array): SupervisorMessage {
  const first = payload[0];
  if (first === undefined) throw frameEmpty();
  if (familyOf(first) === "map") {
    return extensionOf(read(payload, SUPERVISOR_EXTENSION) as ExtensionValue);
  }
  check(payload, SUPERVISOR_ANSWER);
  return readAnswer(payload);
}

function extensionOf(value: ExtensionValue): SupervisorMessage {
  if ("Hello" in value) return helloOf(value.Hello);
  if ("SharedEvents" in value) return { type: "SharedEvents", count: Number(value.SharedEvents) };
  if ("Exit" in value) return { type: "Exit" };
  if ("Resolve" in value) return { type: "Resolve", names: value.Resolve[0] };
  if ("Findings" in value) return { type: "Findings", findings: value.Findings[0].map(findingOf) };
  if ("Load" in value) {
    const [call, library, deep] = value.Load;
    return { type: "Load", call: Number(call), library, deep };
  }
  const [call, library, deep, symbol, result, args, fixedArgs, resolve, armed] = value.Call;
  return {
    type: "Call",
    call: Number(call),
    library,
    deep,
    symbol,
    result,
    args: args.map(argOf),
    fixedArgs: Number(fixedArgs),
    resolve,
    ...(armed && { armed }),
  };
}

function findingValue(finding: ToldFinding): FindingValue {
  const { kind, buffer, offset, size, count, ip, symbol, message } = finding;
  return [kind, buffer, offset, size, count, ip, symbol, message];
}

function findingOf(value: FindingValue): ToldFinding {
  const [kind, buffer, offset, size, count, ip, symbol, message] = value;
  const numbers = { offset: Number(offset), size: Number(size), count: Number(count) };
  return { kind, buffer, ...numbers, ip: narrowed(ip), symbol, message };
}

function eventValue({ kind, address, size, certain }: MemEvent): Value {
  return kind === "read" ? { Read: [address, size] } : { Write: [[address, size], certain] };
}

function argValue(arg: WireArg): ArgValue {
  if (arg.type === "bytes") return { bytes: [arg.class, arg.align, arg.bytes] };
  return arg.type === "comparator" ? { comparator: arg.name } : { [arg.type]: arg.value };
}

function argOf(value: ArgValue): WireArg {
  // The check let exactly one variant through, with a value of its type.
  const [type, held] = Object.entries(value)[0]!;
  if (typeof held === "string") return { type: "comparator", name: held };
  if (typeof held === "object") {
    return { type: "bytes", class: held[0], align: Number(held[1]), bytes: held[2] };
  }
  return { type: type as Exclude<WireType, "void">, value: narrowed(held) };
}
