import type { SupervisorMessage, WireArg } from "../../ipc/index.js";
import { checkOptions } from "../../model/index.js";
import type { HostArg, HostCall, HostLoad } from "../session/session-events.js";
import { HOST_CALL, HOST_LOAD } from "../session/session-spec.js";

type Numbered<T> = T & { readonly call: number };
type Wire<T extends SupervisorMessage["type"]> = Omit<
  Extract<SupervisorMessage, { type: T }>,
  "type"
>;

/** A call as the host is sent it. */
export type SentCall = Numbered<HostCall> & { readonly armed?: true };

/** What of a host call goes to the host. Throws FfiscopeError INVALID_CALL where it is none. */
export function wireCall({ call, armed, ...asked }: SentCall): Wire<"Call"> {
  checkOptions(asked, HOST_CALL, "session.call", "INVALID_CALL");
  const { library, deep, symbol, result, args, fixedArgs, resolve } = asked;
  const values = args.map(wireArg);
  const sent = { call, library, deep, symbol, result, args: values, fixedArgs, resolve };
  return armed ? { ...sent, armed } : sent;
}

/** As {@link wireCall}. */
export function wireLoad({ call, ...asked }: Numbered<HostLoad>): Wire<"Load"> {
  checkOptions(asked, HOST_LOAD, "session.load", "INVALID_CALL");
  return { call, ...asked };
}

function wireArg(arg: HostArg): WireArg {
  if (arg.type === "comparator" || arg.type === "bytes") return arg;
  return { type: arg.type, value: typeof arg.value === "string" ? BigInt(arg.value) : arg.value };
}
