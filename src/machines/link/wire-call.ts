import type { SupervisorMessage, WireArg } from "../../ipc/index.js";
import type { HostArg, HostCall } from "../session/session-events.js";

type Numbered = HostCall & { readonly call: number };
type WireCall = Omit<Extract<SupervisorMessage, { type: "Call" }>, "type">;

/** What of a host call goes to the host. */
export function wireCall(request: Numbered): WireCall {
  const { call, library, deep, symbol, result, args, fixedArgs, resolve } = request;
  return { call, library, deep, symbol, result, args: args.map(wireArg), fixedArgs, resolve };
}

function wireArg(arg: HostArg): WireArg {
  if (arg.type === "comparator") return arg;
  return { type: arg.type, value: typeof arg.value === "string" ? BigInt(arg.value) : arg.value };
}
