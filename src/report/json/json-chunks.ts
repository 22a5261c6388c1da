import { BufferIndex } from "../../judge/buffer-index.js";
import type { AccessLog } from "../../model/index.js";
import type { CallReport, SymbolSource } from "../call-report.js";
import { base64, heldBuffers, jsonBufferHead, jsonHead, jsonTail } from "./json.js";
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

/** One line of `ffiscope run --events`, newline included. Calls are counted from 1. */
export function* jsonCallLineChunks(
  call: number,
  log: AccessLog,
  symbolizer: Pick<SymbolSource, "symbolOf">,
): Generator<string> {
  yield `{"call":${call},"events":[`;
  yield* eventChunks(log, new JsonEvents(symbolizer, null));
  yield `],"truncated":${log.truncated}}\n`;
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
