import { BufferIndex } from "../../judge/buffer-index.js";
import type { AccessLog, Finding, HeapBuffer } from "../../model/index.js";
import type { CallReport, SymbolSource } from "../call-report.js";
import { base64, heldBuffers, jsonBufferHead, jsonFinding, jsonHead, jsonTail } from "./json.js";
import { JsonEvents } from "./json-event.js";

type BufferContent = ReturnType<typeof heldBuffers>[number];

/** Characters a chunk, about: a pipe's worth. */
const CHUNK = 65_536;
/** A multiple of 3: base64 of the parts is the parts of the base64. */
const CONTENT_PART = 3 * 262_144;

/**
 * The text of `JSON.stringify(toJsonReport(report))` in pieces: ten million events are 2 GB, and a
 * string ends at 512 MB.
 */
export function* jsonReportChunks(report: CallReport): Generator<string> {
  yield `${JSON.stringify(jsonHead(report)).slice(0, -1)},"buffers":[`;
  for (const [i, buffer] of heldBuffers(report).entries()) {
    if (i > 0) yield ",";
    yield* bufferChunks(buffer);
  }
  yield '],"events":[';
  yield* eventChunks(
    report.log,
    new JsonEvents(report.symbolizer, new BufferIndex(report.buffers)),
  );
  yield `],${JSON.stringify(jsonTail(report)).slice(1)}`;
}

/** A call of a program that ffiscope supervises. Calls are counted from 1. */
export interface SupervisedCall {
  readonly call: number;
  readonly log: AccessLog;
  readonly findings?: readonly Finding[] | null;
  /** Of a client that has told of them: its line has findings, and its events have buffers. */
  readonly buffers?: readonly HeapBuffer[];
}

/** One line of `ffiscope run --events`, newline included. */
export function* jsonCallLineChunks(
  { call, log, findings, buffers }: SupervisedCall,
  symbolizer: Pick<SymbolSource, "symbolOf">,
): Generator<string> {
  yield `{"call":${call},"events":[`;
  const index = buffers ? new BufferIndex(buffers) : null;
  yield* eventChunks(log, new JsonEvents(symbolizer, index));
  yield `],"truncated":${log.truncated}`;
  if (buffers && findings) {
    const told = findings.map((finding) => jsonFinding(finding, buffers, symbolizer));
    yield `,"findings":${JSON.stringify(told)}`;
  }
  yield "}\n";
}

function* bufferChunks(buffer: BufferContent): Generator<string> {
  yield `${JSON.stringify(jsonBufferHead(buffer)).slice(0, -1)},"content":"`;
  for (let at = 0; at < buffer.content.length; at += CONTENT_PART) {
    yield base64(buffer.content.subarray(at, at + CONTENT_PART));
  }
  yield '"}';
}

function* eventChunks(log: AccessLog, events: JsonEvents): Generator<string> {
  let chunk = "";
  let separator = "";
  for (const batch of log.batches) {
    for (let row = 0; row < batch.length; row++) {
      chunk += separator + events.text(batch, row);
      separator = ",";
      if (chunk.length < CHUNK) continue;
      yield chunk;
      chunk = "";
    }
  }
  yield chunk;
}
