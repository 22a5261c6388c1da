import type { Suppression } from "../judge/index.js";
import { type CallRecord, contentOf, type Inspect } from "../machines/index.js";
import {
  type AccessBatch,
  type Argument,
  type Content,
  checkOptions,
  DEFAULTS,
  type HeapBuffer,
  type OptionSpec,
  type Signature,
} from "../model/index.js";
import {
  anyOf,
  anything,
  callback,
  flag,
  kindOf,
  listOf,
  required,
  text,
} from "../model/options.js";
import { type CallReport, UnkeptAccesses } from "../report/index.js";
import { footprint } from "../tracee/allocator.js";
import { callErrors } from "./call-error.js";
import { Host } from "./host.js";
import { makeCall } from "./make-call.js";
import { ScopeHeap } from "./scope-heap.js";
import { ABORT_SIGNAL, ENGINE, MAX_EVENTS, MILLISECONDS, STACK_BYTES } from "./scope-options.js";
import type { CallResult } from "./wire-values.js";

/** One call of one function, from nothing. */
export interface TraceRequest {
  /** A path or a soname. */
  readonly library: string;
  readonly signature: Signature;
  /** In order of position, each as its parameter's type holds it. */
  readonly args: readonly Argument[];
  /** Load with RTLD_DEEPBIND; true unless given. */
  readonly deep?: boolean;
  /** `auto` unless given. */
  readonly engine?: "auto" | "reference";
  /** Of the call itself, in ms, from SIGSTOP to SIGUSR1; no limit where null or not given. */
  readonly timeoutMs?: number | null;
  /** Until the process is up, and until it has loaded the library, in ms; 10,000 unless given. */
  readonly startTimeoutMs?: number;
  /** Accesses kept, at 29 bytes each; 10,000,000 unless given. All are judged. */
  readonly maxEvents?: number;
  /** Of the stack that the call runs on, in bytes, 65,536 to 16,777,216; 8 MiB unless given. */
  readonly stackBytes?: number;
  /** Findings that are by design; the shipped ones unless given. */
  readonly suppressions?: readonly Suppression[];
  /** What the library prints on standard output goes to standard error. */
  readonly stdoutToStderr?: boolean;
  readonly inspect?: Inspect;
  /** Cancels: the tracee is killed, and the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal;
  /** A call that was cancelled once it had begun is an outcome, with what there was until then. */
  readonly keepCancelled?: boolean;
  /** When the call begins. */
  readonly onStart?: () => void;
  /** Every batch of accesses as it comes, also those past `maxEvents`; it is there until this returns. */
  readonly onAccesses?: (batch: AccessBatch) => void;
  /** When the call is over, or will not be made. */
  readonly onEnd?: () => void;
  /** After the call the process had not ended within so many ms, and was killed. */
  readonly onKilledAtExit?: (graceMs: number) => void;
}

const REQUEST: OptionSpec<TraceRequest> = {
  library: required(text),
  signature: required(anything),
  args: required(listOf(anything)),
  deep: flag,
  engine: ENGINE,
  timeoutMs: anyOf(
    MILLISECONDS,
    kindOf("null", (value) => value === null),
  ),
  startTimeoutMs: MILLISECONDS,
  maxEvents: MAX_EVENTS,
  stackBytes: STACK_BYTES,
  suppressions: listOf(anything),
  stdoutToStderr: flag,
  inspect: callback,
  signal: ABORT_SIGNAL,
  keepCancelled: flag,
  onStart: callback,
  onAccesses: callback,
  onEnd: callback,
  onKilledAtExit: callback,
};

/** A buffer with what it held after the call, or at its crash, exit or timeout. */
export interface BufferAfter extends HeapBuffer {
  readonly content: Uint8Array;
}

/** What one call did: all that its report is made from, with the session's record of it. */
export interface TraceOutcome extends CallReport<BufferAfter> {
  readonly result: CallResult;
  readonly record: CallRecord;
}

/** A traced heap is at least as large as a scope's: what runs far past a buffer is still seen. */
const MIN_HEAP_BYTES = DEFAULTS.heapBytes;

/**
 * Runs one call in a fresh host and reports what it did: `ffiscope trace`, without the command.
 * Crashes, exits and timeouts are outcomes. Rejects with a UsageError for a request that is no such
 * thing, and with an FfiscopeError where the call could not be made: LIBRARY_NOT_LOADED,
 * LOAD_TIMEOUT, SYMBOL_NOT_FOUND, HEAP_FULL, CANCELLED, or what kept the host from starting.
 */
export async function traceCall(request: TraceRequest): Promise<TraceOutcome> {
  checkOptions(request, REQUEST, "traceCall");
  const { engine, stdoutToStderr, timeoutMs, startTimeoutMs, maxEvents, inspect } = request;
  const host = new Host({
    heapBytes: heapBytesFor(request.args),
    engine,
    stdoutToStderr,
    timeout: timeoutMs ?? undefined,
    startTimeout: startTimeoutMs,
    maxEvents,
    stackBytes: request.stackBytes,
    inspect,
    suppressions: request.suppressions,
  });
  const cancel = () => host.kill();
  request.signal?.addEventListener("abort", cancel, { once: true });
  if (request.signal?.aborted) cancel();
  try {
    return await runOnce(host, request);
  } catch (error) {
    throw request.signal?.aborted ? callErrors.cancelled("the call", null) : error;
  } finally {
    request.signal?.removeEventListener("abort", cancel);
    host.release();
  }
}

async function runOnce(host: Host, request: TraceRequest): Promise<TraceOutcome> {
  try {
    return await callOnce(host, request);
  } finally {
    request.onEnd?.();
    host.exit(); // by itself: so its libraries flush what they have printed
    const grace = setTimeout(() => {
      host.kill();
      request.onKilledAtExit?.(DEFAULTS.exitGraceMs);
    }, DEFAULTS.exitGraceMs);
    await host.ended;
    clearTimeout(grace);
  }
}

async function callOnce(host: Host, request: TraceRequest): Promise<TraceOutcome> {
  const { library, deep = DEFAULTS.deep, signature, args, onStart, onAccesses } = request;
  const heap = await host.ready;
  const unkept = new UnkeptAccesses(request.maxEvents ?? DEFAULTS.maxEvents);
  const made = await makeCall(host, new ScopeHeap(heap), {
    request: { library, deep, signature },
    args,
    listener: {
      onStart: () => onStart?.(),
      onAccesses: (batch) => {
        unkept.add(batch);
        onAccesses?.(batch);
      },
    },
  });
  if (made.outcome === "cancelled" && !request.keepCancelled)
    throw callErrors.cancelled("the call", null);
  const { contents, ...rest } = made;
  return {
    ...rest,
    arguments: args,
    unkept,
    buffers: contents.all.map(({ source: _, ...buffer }) => ({
      ...buffer,
      content: buffer.content ?? contentOf(heap, buffer),
    })),
  };
}

/** A power of two that has room for the buffers. */
function heapBytesFor(args: readonly Argument[]): number {
  const sizes = args.map(({ value }) => {
    if (value.kind === "buffer") return allocated(value);
    return value.kind === "value" ? pointedTo(value) : 0;
  });
  const needed = sizes.reduce((sum, size) => sum + size, 0);
  return Math.max(MIN_HEAP_BYTES, 2 ** Math.ceil(Math.log2(needed + 1)));
}

const allocated = (content: Content): number => footprint(content.size) + pointedTo(content);

function pointedTo({ pointers = [] }: Content): number {
  return pointers.reduce((sum, { to }) => sum + allocated(to), 0);
}
