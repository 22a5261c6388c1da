import type { HostCall } from "../machines/index.js";
import type { Signature } from "../model/index.js";
import type { SymbolSource } from "../report/index.js";
import type { GivenArguments } from "./call-arguments.js";
import { callErrors } from "./call-errors.js";
import type { HostReply } from "./host.js";
import type { ForeignRequest } from "./library.js";
import { TracedCall } from "./traced-call.js";
import { wireType } from "./wire-arguments.js";

/** What the host is asked for. */
export function hostCall(
  { library, deep, signature }: ForeignRequest,
  { args, buffers }: GivenArguments,
): Omit<HostCall, "resolve"> {
  return {
    library,
    deep,
    symbol: signature.name,
    result: wireType(signature.result),
    args,
    fixedArgs: signature.variadic ? signature.parameters.length : -1,
    buffers: buffers.map(({ source: _, ...buffer }) => buffer),
    unwritten: buffers.flatMap(({ source, arg }) => (arg >= 0 && !source.isWritten ? [arg] : [])),
  };
}

/** The call that `reply` tells of, with what its buffers hold now. */
export function tracedCall(
  signature: Signature,
  engine: string,
  { record, value }: HostReply,
  given: GivenArguments,
  symbols: SymbolSource,
): TracedCall {
  const buffers = given.buffers.map((buffer) => {
    const { source, arg, size } = buffer;
    if (arg >= 0) source.isWritten = true; // by the call, as far as anyone knows
    const content = arg < 0 || source.freed ? null : source.heap.read(source.start, size);
    return { ...buffer, content };
  });
  return new TracedCall({ signature, engine, record, value, buffers, symbols });
}

/** `call` where it returned; throws a CallError where it did not. `timeout` in ms. */
export function returned(call: TracedCall, timeout: number): TracedCall {
  switch (call.outcome) {
    case "returned":
      return call;
    case "crashed":
      throw callErrors.crashed(call);
    case "exited":
      throw callErrors.exited(call);
    case "timed-out":
      throw callErrors.timedOut(call.function, timeout, call);
    case "cancelled":
      throw callErrors.cancelled(call.function, call);
  }
}
