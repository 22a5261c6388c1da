import { type CallBuffers, STRING_FUNCTIONS } from "../judge/index.js";
import type { CallbackHandler, CallRecord } from "../machines/index.js";
import { FfiscopeError, type TraceeAddress } from "../model/index.js";
import type { CallReport, SymbolSource } from "../report/index.js";
import { nulBytes } from "../values/index.js";
import { CallBuilder, type ForeignRequest, type ScopeArgument } from "./call-builder.js";
import { CallContents, type GivenContent } from "./call-contents.js";
import { callFrames } from "./call-frames.js";
import type { GivenBuffer } from "./given-buffer.js";
import type { CallListener, Host, HostReply } from "./host.js";
import { HostMemory, LONGEST_RESULT_TEXT } from "./host-memory.js";
import type { ScopeHeap } from "./scope-heap.js";
import { withoutSuppressed } from "./suppress.js";
import { type CallResult, resultOf } from "./wire-values.js";

/** One call, as a host is asked for it. */
export interface CallTerms {
  readonly request: ForeignRequest;
  /** In order of position. */
  readonly args: readonly ScopeArgument[];
  /** Of this call, in ms; the host's unless given. */
  readonly timeout?: number | undefined;
  readonly listener?: CallListener | undefined;
}

/** What one call did, with the session's record of it. */
export interface MadeCall extends Omit<CallReport<GivenContent>, "buffers"> {
  readonly contents: CallContents;
  readonly result: CallResult;
  /** Of a pointer to characters that it returned; null where that has none. */
  readonly text: string | null;
  /** What it left in errno(3), which was 0 before. */
  readonly errno: number;
  readonly record: CallRecord;
}

/**
 * The one way in which a call is made: loads its library, builds it from its arguments, has the host
 * make it, and reports it, however it ended. Rejects where it was not made: LIBRARY_NOT_LOADED,
 * LOAD_TIMEOUT, SYMBOL_NOT_FOUND, HOST_ENDED, HEAP_FULL, BUFFER_FREED, FOREIGN_BUFFER.
 */
export async function makeCall(host: Host, heap: ScopeHeap, terms: CallTerms): Promise<MadeCall> {
  const { request, args, timeout, listener } = terms;
  await host.load(request);
  const builder = new CallBuilder(request, heap);
  try {
    for (const argument of args) builder.add(argument);
    // Their entry points are the same in every call of a host.
    const resolve = host.functions.length === 0 ? STRING_FUNCTIONS : [];
    const { call, buffers } = builder.build(resolve, timeout);
    heap.callBegins();
    heap.callbacks.callBegins();
    host.serveCallbacks(() => handlerFor(host, heap));
    const reply = await host.call(call, listener).finally(() => heap.callbacks.throwThrown());
    return { ...reportOf(host, request, reply, buffers), text: textOf(host, heap, request, reply) };
  } finally {
    builder.release();
  }
}

/** Answers the functions of `heap` that `host` calls. */
function handlerFor(host: Host, heap: ScopeHeap): CallbackHandler {
  const caller = { heap, memory: new HostMemory(host, heap), kill: () => host.kill() };
  return (call, answer) => {
    void heap.callbacks.run(caller, call).then((returned) => returned && answer(returned));
  };
}

/** The report of a call that was made, with what its buffers hold now. */
function reportOf(
  host: Host,
  { signature }: ForeignRequest,
  { record, value, errno }: HostReply,
  buffers: CallBuffers<GivenBuffer>,
): Omit<MadeCall, "text"> {
  const { outcome, exitCode, durationMs, log, findings, crash, signal, stats, maps } = record;
  const symbolizer = host.symbolsOf(maps);
  const contents = new CallContents(buffers, (freed) => {
    const at = Number(crash?.address ?? 0);
    const isCrashed = at >= freed.address && at < freed.address + freed.size;
    return isCrashed || (findings ?? []).some(({ buffer }) => buffer === freed.name);
  });
  const split = withoutSuppressed(findings ?? [], contents, host.suppressions, {
    symbolizer,
    maps,
  });
  return {
    function: signature.name,
    signature,
    arguments: [], // memory of a scope has no text of its own
    outcome,
    exitCode,
    result: outcome === "returned" ? resultOf(signature.result, value) : null,
    durationMs,
    engine: host.engine,
    engineStats: { ...stats },
    contents,
    log,
    crash: signal === null ? null : { signal, ...siteOf(crash, symbolizer) },
    ...split,
    symbolizer,
    errno,
    record,
  };
}

/**
 * The text that a pointer to characters has as the call returns: it may be freed by the next. Null where
 * there is none: it points to no memory, or there is no NUL within 1 MiB.
 */
function textOf(
  host: Host,
  heap: ScopeHeap,
  { signature: { result } }: ForeignRequest,
  { record, value }: HostReply,
): string | null {
  const size = result.kind === "pointer" ? nulBytes(result.to) : 0;
  if (size === 0 || record.outcome !== "returned" || value === null) return null;
  const address = BigInt(value);
  if (address === 0n) return null;
  try {
    return new HostMemory(host, heap).text(address, size, LONGEST_RESULT_TEXT);
  } catch (error) {
    if (error instanceof FfiscopeError) return null;
    throw error;
  }
}

/** A signal from outside (SIGKILL) has no place in the code. */
function siteOf(crash: CallRecord["crash"], symbolizer: SymbolSource) {
  return {
    address: crash?.address == null ? null : BigInt(crash.address),
    ip: (crash?.ip ?? null) as TraceeAddress | null,
    cause: crash?.cause ?? null,
    backtrace: callFrames(crash?.backtrace ?? [], symbolizer),
  };
}
