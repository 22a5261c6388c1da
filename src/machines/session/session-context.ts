import { AccessLog, checkOptions, DEFAULTS, type HeapBuffer } from "../../model/index.js";
import type { ExitFacts, LaunchNote } from "../../workers/tracer/messages.js";
import type { TracerStart } from "../link/tracer-pool.js";
import type { RecordingTerms } from "../recording/call-recording.js";
import type {
  CallAccesses,
  CallOutcome,
  CallRecord,
  HeapFacts,
  HostCall,
  NamedCode,
  SessionInput,
  ViolationFacts,
} from "./session-events.js";
import { SESSION_INPUT } from "./session-spec.js";

/** What a session remembers. It is plain data: JSON gives it back as it was. */
export interface SessionContext {
  readonly input: Required<Omit<SessionInput, "timeout">> & { readonly timeout: number | null };
  readonly pid: number | null;
  /** The program has started another: it may be a launcher. */
  readonly launching: boolean;
  /** What there is to say of programs that it has started, and that are not the child. */
  readonly launched: readonly LaunchNote[];
  /** The child's, where it is not the program that was started. */
  readonly program: string | null;
  /** The child has become another program in a call. */
  readonly execed: boolean;
  /** The start-up SIGSTOP has come. */
  readonly ready: boolean;
  readonly override: number | null;
  /** Calls so far. */
  readonly calls: number;
  /** The call that is armed, running or being delivered. */
  readonly current: CurrentCall | null;
  /** The number of the host call that has not been answered. */
  readonly requested: number | null;
  readonly requests: number;
  /** The host call that has not been answered; null also where it is a load. */
  readonly asked: HostCall | null;
  /** The host's. */
  readonly heap: HeapFacts | null;
  /** Code of the host that no symbol table names. */
  readonly functions: readonly NamedCode[];
  /** Allocations that a client has told of, in the order of their addresses. */
  readonly buffers: readonly HeapBuffer[];
  /** The child's extensions; null for a plain client. */
  readonly features: readonly string[] | null;
  /** The child's end of the channel is closed. */
  readonly channelClosed: boolean;
  /** The violation that its closing is, unless the exit comes with it. */
  readonly severed: ViolationFacts | null;
  readonly exiting: ExitFacts | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why the session is being ended. */
  readonly ending: "timeout" | "killed" | "start-timeout" | null;
  readonly violation: ViolationFacts | null;
  readonly failure: FailureFacts | null;
}

export interface CurrentCall {
  readonly number: number;
  /** `running`: between SIGSTOP and SIGUSR1. */
  readonly phase: "armed" | "running" | "over";
}

export interface FailureFacts {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | null;
}

/** Throws FfiscopeError INVALID_OPTION. */
export function initialContext(input: SessionInput): SessionContext {
  checkOptions(input, SESSION_INPUT, "sessionMachine");
  return {
    input: {
      command: input.command,
      args: input.args ?? [],
      env: input.env ?? ownEnvironment(),
      stdoutToStderr: input.stdoutToStderr ?? false,
      engine: input.engine ?? DEFAULTS.engine,
      timeout: input.timeout === Number.POSITIVE_INFINITY ? null : (input.timeout ?? null),
      startTimeout: input.startTimeout ?? DEFAULTS.startTimeoutMs,
      maxEvents: input.maxEvents ?? DEFAULTS.maxEvents,
      symbols: input.symbols ?? true,
    },
    pid: null,
    launching: false,
    launched: [],
    program: null,
    execed: false,
    ready: false,
    override: null,
    calls: 0,
    current: null,
    requested: null,
    requests: 0,
    asked: null,
    heap: null,
    functions: [],
    buffers: [],
    features: null,
    channelClosed: false,
    severed: null,
    exiting: null,
    exitCode: null,
    signal: null,
    ending: null,
    violation: null,
    failure: null,
  };
}

function ownEnvironment(): Record<string, string> {
  const set = Object.entries(process.env).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as Record<string, string>;
}

export function newCall({ calls }: SessionContext): CurrentCall {
  return { number: calls + 1, phase: "armed" };
}

/** What the link records of the call that is armed. A child is sent all of its events. */
export function recordingTerms(context: SessionContext): RecordingTerms {
  const { input, asked, heap, functions, features, buffers } = context;
  const { maxEvents } = input;
  if (heap === null) return { maxEvents, judged: null };
  if (asked?.buffers) return { maxEvents, judged: { call: asked, heap, functions } };
  if (!features?.includes("buffers")) return { maxEvents, judged: null };
  const call = { buffers, symbol: "", args: [] };
  return { maxEvents, judged: { call, heap, functions, told: buffers } };
}

/**
 * The record of a call that the child's end cut short. `accesses` null: the session was restored from
 * JSON and has lost the call's accesses, and what they were judged by.
 */
export function brokenCall(context: SessionContext, accesses: CallAccesses | null): CallRecord {
  const { current, exiting, exitCode, signal, ending } = context;
  const outcome: CallOutcome =
    ending === "timeout"
      ? "timed-out"
      : ending !== null || context.violation || context.failure
        ? "cancelled"
        : signal !== null
          ? "crashed"
          : "exited";
  return {
    call: current!.number,
    outcome,
    exitCode: outcome === "exited" ? exitCode : null,
    log: accesses?.log ?? new AccessLog(),
    findings: accesses?.findings ?? null,
    ...(accesses?.buffers && { buffers: accesses.buffers }),
    durationMs: exiting?.durationMs ?? 0,
    stats: exiting?.stats ?? null,
    crash: outcome === "crashed" ? (exiting?.crash ?? null) : null,
    signal: outcome === "crashed" ? signal : null,
    maps: exiting?.maps ?? "",
  };
}

/** What the tracer of a session is started with. */
export function tracerTask({ input }: SessionContext): TracerStart {
  const { command, args, env, stdoutToStderr, engine, symbols } = input;
  return { command, args, env, stdoutToStderr, engine, symbols };
}
