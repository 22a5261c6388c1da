/** The built-in host: loads libraries and makes the calls that its supervisor asks for. */
import type { NamedFunction, ReturnValue, SupervisorMessage } from "../ipc/index.js";
import { FfiscopeError } from "../model/index.js";
import {
  type ForeignCall,
  type ForeignLibrary,
  type ForeignResult,
  type ForeignType,
  loadForeignLibrary,
} from "../native/foreign-function.js";
import { symbolAddress } from "../native/libc.js";
import { keepingSignalMask } from "../native/signal-mask.js";
import { attach } from "./attach.js";
import { runArmed } from "./calls.js";
import { comparatorCode } from "./comparators.js";
import type { Tracee } from "./tracee.js";

type Requested<T extends SupervisorMessage["type"]> = Extract<SupervisorMessage, { type: T }>;
type CallRequest = Requested<"Call">;

const libraries = new Map<string, ForeignLibrary>();

function libraryOf({ library, deep }: Pick<CallRequest, "library" | "deep">): ForeignLibrary {
  const key = `${deep}:${library}`;
  const loaded = libraries.get(key) ?? loadForeignLibrary(library, deep);
  libraries.set(key, loaded);
  return loaded;
}

/** Everything that can be refused comes before the call is traced. */
function prepare(request: CallRequest): () => ReturnType<ForeignCall> {
  const { symbol, result, fixedArgs } = request;
  const args = request.args.map(
    (arg): ForeignType => (arg.type === "comparator" ? "ptr" : arg.type),
  );
  const values = request.args.map((arg) =>
    arg.type === "comparator" ? comparatorCode(arg.name).address : arg.value,
  );
  const call = libraryOf(request).bind(symbol, { result, args, fixedArgs });
  return () => call(values);
}

/** Code that no symbol table names: libc's implementations behind ifuncs, and our comparators. */
function functionsFor(request: CallRequest): NamedFunction[] {
  const comparators = request.args.flatMap((arg) =>
    arg.type === "comparator" ? [comparatorCode(arg.name)] : [],
  );
  const resolved = request.resolve.flatMap((name): NamedFunction[] => {
    const address = symbolAddress(name);
    return address === null ? [] : [{ image: "libc.so.6", name, address, size: 0 }];
  });
  return [...comparators, ...resolved];
}

/** What `work` gives; null where it cannot be done, which the supervisor is told. */
function orRefuse<T>(tracee: Tracee, call: number, work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FfiscopeError)) throw error;
    const { code, message } = error;
    tracee.channel.post({ type: "Refused", call, code, message });
    return null;
  }
}

function serveLoad(tracee: Tracee, { call, ...request }: Requested<"Load">): void {
  const load = () => keepingSignalMask(() => libraryOf(request));
  if (orRefuse(tracee, call, load) === null) return;
  tracee.channel.post({ type: "Returned", call, result: { kind: "void" } });
}

/** `native`, traced. */
async function traced<T>({ armed }: CallRequest, native: () => T): Promise<T> {
  if (!armed) return (await tracee.traced(native)).result;
  const outcome = runArmed(native);
  if ("error" in outcome) throw outcome.error;
  return outcome.result;
}

async function serveCall(tracee: Tracee, request: CallRequest): Promise<void> {
  const { call } = request;
  const native = orRefuse(tracee, call, () => keepingSignalMask(() => prepare(request)));
  if (native === null) return;
  const functions = functionsFor(request);
  if (!request.armed) tracee.channel.post({ type: "Functions", functions });
  const { value, errno } = await traced(request, native);
  const returned = { type: "Returned", call, result: returnValue(request, value) } as const;
  tracee.channel.post(errno === 0 ? returned : { ...returned, errno });
}

function returnValue(request: CallRequest, result: ForeignResult["value"]): ReturnValue {
  if (request.result === "void") return { kind: "void" };
  if (request.result === "f32" || request.result === "f64") {
    return { kind: "float", value: Number(result) };
  }
  return { kind: "int", value: exactly(result) };
}

/** koffi gives 2^53 and -2^53 as numbers, too; a message takes them as the integers they are. */
function exactly(result: number | bigint): number | bigint {
  return typeof result === "bigint" || Number.isSafeInteger(result) ? result : BigInt(result);
}

// A library's own would have Node open its debugger.
process.on("SIGUSR1", () => {});

const heapSize = Number(process.env.FFISCOPE_HEAP_BYTES ?? Number.NaN);
// The supervisor keeps the events of a host's calls for itself.
const options = { eventMemory: false, ...(!Number.isNaN(heapSize) && { heapSize }) };
const tracee = await attach(options, ["armed-calls"]);
tracee.channel.serve((request) => {
  // exit(3) flushes what the library has printed.
  if (request.type === "Exit") process.exit(0);
  if (request.type === "Load") serveLoad(tracee, request);
  else void serveCall(tracee, request);
});
