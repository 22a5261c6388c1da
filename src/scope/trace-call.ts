import { type CallRecord, contentOf, type HeapFacts, type Inspect } from "../machines/index.js";
import type { AccessBatch, Argument, HeapBuffer, Signature } from "../model/index.js";
import { type Symbolizer, symbolizerOf } from "../symbols/index.js";
import { Allocator, footprint } from "../tracee/allocator.js";
import { resultOf } from "./c-result.js";
import { callErrors } from "./call-errors.js";
import { Host } from "./host.js";
import { layOut, wireType } from "./wire-arguments.js";

/** The least that a traced heap has, in bytes: what runs far past a buffer is still seen. */
const MIN_HEAP_BYTES = 256 * 1024 * 1024;

/** One call of one function, from nothing. */
export interface TraceRequest {
  /** A path or a soname. */
  readonly library: string;
  readonly signature: Signature;
  readonly args: readonly Argument[];
  /** Load with RTLD_DEEPBIND. */
  readonly deep?: boolean;
  readonly engine?: "auto" | "reference";
  /** Of the call itself, in ms. */
  readonly timeoutMs?: number | null;
  readonly startTimeoutMs?: number;
  readonly maxEvents?: number;
  /** What the library prints on standard output goes to standard error. */
  readonly stdoutToStderr?: boolean;
  readonly inspect?: Inspect;
  /** Cancels: the tracee is killed, and the promise rejects with CANCELLED. */
  readonly signal?: AbortSignal;
  /** Functions of libc to name code by, behind their ifuncs. */
  readonly resolve?: readonly string[];
  /** When the call begins. */
  readonly onStart?: () => void;
  /** Every batch of accesses as it comes, also those past `maxEvents`; it is there until this returns. */
  readonly onAccesses?: (batch: AccessBatch) => void;
}

/** A buffer with what it held after the call, or at its crash, exit or timeout. */
export interface BufferAfter extends HeapBuffer {
  readonly content: Uint8Array;
}

/** What one call did. */
export interface TraceOutcome {
  readonly record: CallRecord;
  readonly result: string | number | boolean | null;
  readonly buffers: readonly BufferAfter[];
  /** Names code addresses of the host. */
  readonly symbolizer: Symbolizer;
}

/**
 * Runs one call in a fresh host and reports what it did. Crashes, exits and timeouts are outcomes.
 * Throws FfiscopeError when the call could not be made: LIBRARY_NOT_LOADED, SYMBOL_NOT_FOUND,
 * HEAP_FULL, CANCELLED, or what kept the host from starting.
 */
export async function traceCall(request: TraceRequest): Promise<TraceOutcome> {
  const allocator = new Allocator(heapSizeFor(request.args));
  const { engine, stdoutToStderr, timeoutMs, startTimeoutMs, maxEvents, inspect } = request;
  const host = new Host({
    heapBytes: allocator.size,
    engine,
    stdoutToStderr,
    timeout: timeoutMs ?? undefined,
    startTimeout: startTimeoutMs,
    maxEvents,
    inspect,
  });
  const cancel = () => host.kill();
  request.signal?.addEventListener("abort", cancel, { once: true });
  if (request.signal?.aborted) cancel();
  try {
    return await runOnce(host, request, allocator);
  } catch (error) {
    throw request.signal?.aborted ? callErrors.cancelled("the call", null) : error;
  } finally {
    request.signal?.removeEventListener("abort", cancel);
    host.release();
  }
}

async function runOnce(
  host: Host,
  request: TraceRequest,
  allocator: Allocator,
): Promise<TraceOutcome> {
  try {
    const heap = await host.ready;
    return await callOnce(host, heap, request, allocator);
  } finally {
    host.exit(); // by itself: so its libraries flush what they have printed
    await host.ended;
  }
}

async function callOnce(
  host: Host,
  heap: HeapFacts,
  request: TraceRequest,
  allocator: Allocator,
): Promise<TraceOutcome> {
  const { library, deep = true, signature, args, resolve = [] } = request;
  const { buffers, wire } = layOut(args, signature.parameters, heap, allocator);
  const { record, value } = await host.call(
    {
      library,
      deep,
      symbol: signature.name,
      result: wireType(signature.result),
      args: wire,
      resolve,
      fixedArgs: signature.variadic ? signature.parameters.length : -1,
      buffers,
      unwritten: args.flatMap(({ index, value }) =>
        value.kind === "buffer" && value.bytes === null ? [index] : [],
      ),
    },
    {
      onStart: () => request.onStart?.(),
      onAccesses: (batch) => request.onAccesses?.(batch),
    },
  );
  return {
    record,
    result: resultOf(signature.result, value),
    buffers: buffers.map((buffer) => ({ ...buffer, content: contentOf(heap, buffer) })),
    symbolizer: symbolizerOf(record.maps, host.functions),
  };
}

function heapSizeFor(args: readonly Argument[]): number {
  const sizes = args.map(({ value }) => (value.kind === "buffer" ? footprint(value.size) : 0));
  const needed = sizes.reduce((sum, size) => sum + size, 0);
  return Math.max(MIN_HEAP_BYTES, 2 ** Math.ceil(Math.log2(needed + 1)));
}
