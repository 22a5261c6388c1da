import { closeSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type CallRecord,
  createSession,
  type HeapFacts,
  type Inspect,
  type NamedCode,
  ProtocolViolation,
  type SessionActor,
  type SessionOutput,
  sessionEnd,
} from "../machines/index.js";
import {
  type AccessBatch,
  type Argument,
  FfiscopeError,
  type HeapBuffer,
  type Signature,
} from "../model/index.js";
import { Symbolizer } from "../symbols/index.js";
import { Allocator, footprint } from "../tracee/allocator.js";
import { resultOf } from "./c-result.js";
import { layOut, wireType } from "./wire-arguments.js";

const HOST = fileURLToPath(new URL("../tracee/host.js", import.meta.url));

/** The least that a traced heap has, in bytes: what runs far past a buffer is still seen. */
const MIN_HEAP_BYTES = 256 * 1024 * 1024;

/** read(2) takes no more at a time. */
const MAX_READ_BYTES = 2 ** 30;

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
  /** When the call begins, with the buffers as they were laid out. */
  readonly onStart?: (start: CallStart) => void;
  /** Every batch of accesses as it comes, also those past `maxEvents`. */
  readonly onAccesses?: (batch: AccessBatch) => void;
}

/** What is known when a call begins. */
export interface CallStart {
  readonly buffers: readonly HeapBuffer[];
  /** Names code addresses of the host. */
  readonly symbolizer: Symbolizer;
  /** What a buffer holds now. */
  contentOf(buffer: HeapBuffer): Uint8Array;
}

/** A buffer with what it held after the call, or at its crash, exit or timeout. */
export interface BufferAfter extends HeapBuffer {
  readonly content: Uint8Array;
}

/** What one call did. */
export interface TracedCall {
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
export async function traceCall(request: TraceRequest): Promise<TracedCall> {
  const allocator = new Allocator(heapSizeFor(request.args));
  const session = createSession(
    {
      command: process.execPath,
      args: [HOST],
      env: { ...ownEnvironment(), FFISCOPE_HEAP_BYTES: String(allocator.size) },
      stdoutToStderr: request.stdoutToStderr ?? false,
      engine: request.engine ?? "auto",
      ...(request.timeoutMs != null && { timeout: request.timeoutMs }),
      ...(request.startTimeoutMs !== undefined && { startTimeout: request.startTimeoutMs }),
      ...(request.maxEvents !== undefined && { maxEvents: request.maxEvents }),
    },
    request.inspect,
  );
  const cancel = () => session.send({ type: "session.kill" });
  request.signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await runOnce(session, request, allocator);
  } finally {
    request.signal?.removeEventListener("abort", cancel);
  }
}

async function runOnce(
  session: SessionActor,
  request: TraceRequest,
  allocator: Allocator,
): Promise<TracedCall> {
  let heap: HeapFacts | null = null;
  let buffers: readonly HeapBuffer[] = [];
  let functions: readonly NamedCode[] = [];
  let record: CallRecord | null = null;
  let result: string | number | null = null;
  let refusal: FfiscopeError | null = null;

  session.on("host", (host) => {
    heap = host.heap;
    try {
      const { signature, args, library, deep = true } = request;
      const laidOut = layOut(args, signature.parameters, heap, allocator);
      buffers = laidOut.buffers;
      session.send({
        type: "session.call",
        call: {
          library,
          deep,
          symbol: signature.name,
          result: wireType(signature.result),
          args: laidOut.wire,
          resolve: request.resolve ?? [],
          fixedArgs: signature.variadic ? signature.parameters.length : -1,
          buffers,
        },
      });
    } catch (error) {
      refusal = error as FfiscopeError;
      session.send({ type: "session.kill" });
    }
  });
  session.on("functions", (resolved) => {
    functions = resolved.functions;
  });
  session.on("callStarted", ({ maps }) => {
    const symbolizer = symbolizerOf(maps, functions);
    const open = heap!;
    request.onStart?.({ buffers, symbolizer, contentOf: (buffer) => contentOf(open, buffer) });
  });
  session.on("accesses", ({ batch }) => request.onAccesses?.(batch));
  session.on("call", (call) => {
    record = call.record;
  });
  session.on("returned", (returned) => {
    result = returned.result;
    session.send({ type: "session.exit" });
  });
  session.on("refused", ({ code, message }) => {
    refusal = new FfiscopeError({ code, message });
    session.send({ type: "session.exit" });
  });

  const end = sessionEnd(session);
  session.start();
  if (request.signal?.aborted) session.send({ type: "session.kill" });
  try {
    const output = await end;
    const traced = record as CallRecord | null;
    if (refusal) throw refusal;
    if (request.signal?.aborted) throw cancelled();
    if (output.violation) throw new ProtocolViolation(output.violation);
    if (output.failure || traced === null) throw notMade(output);
    return {
      record: traced,
      result: resultOf(request.signature.result, result),
      buffers: buffers.map((buffer) => ({ ...buffer, content: contentOf(heap!, buffer) })),
      symbolizer: symbolizerOf(traced.maps, functions),
    };
  } finally {
    const opened = heap as HeapFacts | null;
    if (opened) closeSync(opened.fd);
  }
}

function heapSizeFor(args: readonly Argument[]): number {
  const sizes = args.map(({ value }) => (value.kind === "buffer" ? footprint(value.size) : 0));
  const needed = sizes.reduce((sum, size) => sum + size, 0);
  return Math.max(MIN_HEAP_BYTES, 2 ** Math.ceil(Math.log2(needed + 1)));
}

/** The memory outlives the tracee: this process has it open. */
function contentOf(heap: HeapFacts, buffer: HeapBuffer): Uint8Array {
  const content = Buffer.alloc(buffer.size);
  const start = buffer.address - Number(heap.guarded);
  for (let done = 0; done < buffer.size; ) {
    const length = Math.min(buffer.size - done, MAX_READ_BYTES);
    done += readSync(heap.fd, content, done, length, start + done);
  }
  return content;
}

function symbolizerOf(maps: string, functions: readonly NamedCode[]): Symbolizer {
  const symbolizer = new Symbolizer(maps);
  for (const { image, name, address, size } of functions) {
    const start = Number(address);
    if (size > 0) symbolizer.addRange(start, start + size, `${image}!${name}`);
    else symbolizer.addFunction(start, image, name);
  }
  return symbolizer;
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] != null),
  );
}

function cancelled(): FfiscopeError {
  return new FfiscopeError({ code: "CANCELLED", message: "the call was cancelled" });
}

/** The session failed, or the host ended before it made the call. */
function notMade({ failure, exitCode, signal }: SessionOutput): FfiscopeError {
  if (failure) {
    const { code, message, remedy } = failure;
    return new FfiscopeError({ code, message, ...(remedy && { remedy }) });
  }
  const how = signal ? `was killed by ${signal}` : `exited with code ${exitCode}`;
  return new FfiscopeError({
    code: "HOST_ENDED",
    message: `the process that was to make the call ${how} before it did`,
    remedy: "Loading the library may have ended it; see what it printed",
  });
}
