/** The built-in host: loads libraries and makes the calls that its supervisor asks for. */
import type { NamedFunction, SupervisorMessage } from "../ipc/index.js";
import {
  CALLBACK_BYTES,
  CALLBACK_CODE,
  callbackCode,
  MOST_CALLBACKS,
} from "../model/callback-code.js";
import { FfiscopeError } from "../model/index.js";
import { type ForeignLibrary, loadForeignLibrary } from "../native/foreign-function.js";
import { mapCodeAt } from "../native/memory/heap-mapping.js";
import { keepingSignalMask } from "../native/signal-mask.js";
import { attach } from "./attach.js";
import { CallFrame, type PassedValue } from "./call-frame.js";
import { runArmed } from "./calls.js";
import { comparatorCode } from "./comparators.js";
import { functionsOfLibc } from "./libc-functions.js";
import { explainingLibrary, explainingSymbol } from "./library-errors.js";
import type { Tracee } from "./tracee.js";

type Requested<T extends SupervisorMessage["type"]> = Extract<SupervisorMessage, { type: T }>;
type CallRequest = Requested<"Call">;

const libraries = new Map<string, ForeignLibrary>();
const frame = new CallFrame();

function libraryOf({ library, deep }: Pick<CallRequest, "library" | "deep">): ForeignLibrary {
  const key = `${deep}:${library}`;
  const loaded =
    libraries.get(key) ?? explainingLibrary(library, () => loadForeignLibrary(library, deep));
  libraries.set(key, loaded);
  return loaded;
}

/** Everything that can be refused comes before the call is traced. */
function prepare(request: CallRequest): CallRequest {
  const args = request.args.map((arg): PassedValue => {
    if (arg.type !== "comparator") return arg;
    return { type: "ptr", value: comparatorCode(arg.name).address };
  });
  const library = libraryOf(request);
  const { symbol } = request;
  const address = explainingSymbol(request.library, symbol, () => library.addressOf(symbol));
  frame.prepare(address, args, request.result);
  return request;
}

/** Code that no symbol table names: libc's implementations behind ifuncs, and our own. */
function functionsFor(request: CallRequest): NamedFunction[] {
  const comparators = request.args.flatMap((arg) =>
    arg.type === "comparator" ? [comparatorCode(arg.name)] : [],
  );
  const resolved = functionsOfLibc(request.resolve);
  // Whoever asks for functions has none yet.
  const call = { image: "ffiscope", name: "call", ...frame.code };
  return [...comparators, ...resolved, ...(request.resolve.length > 0 ? [call] : [])];
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
  const prepared = orRefuse(tracee, call, () => keepingSignalMask(() => prepare(request)));
  if (prepared === null) return;
  const functions = functionsFor(request);
  if (!request.armed) tracee.channel.post({ type: "Functions", functions });
  await traced(request, () => frame.run());
  const returned = { type: "Returned", call, result: frame.result(request.result) } as const;
  tracee.channel.post(frame.errno === 0 ? returned : { ...returned, errno: frame.errno });
}

mapCodeAt(CALLBACK_CODE, callbackCode(), MOST_CALLBACKS * CALLBACK_BYTES);

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
  if (request.type === "Call") void serveCall(tracee, request);
});
