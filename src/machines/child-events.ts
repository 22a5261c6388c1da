import { openSync } from "node:fs";
import { type ChildMessage, decodeChildMessage } from "../ipc/index.js";
import { FfiscopeError, type Pid, toHex } from "../model/index.js";
import { armedRanges, mappingsOf } from "./armed-ranges.js";
import type { SessionEvent } from "./session-events.js";

type Heap = Extract<ChildMessage, { type: "Heap" }>;

/**
 * What a child's frame is to the session; null where the child has died since it sent it. Throws
 * FfiscopeError for bytes that are no message, and for what a message names that is not there.
 */
export function childEvent(pid: Pid, payload: Uint8Array): SessionEvent | null {
  const message = decodeChildMessage(payload);
  switch (message.type) {
    case "StartFfi":
      return { type: "frame.startFfi", ranges: armedRanges(pid, message.pagePtrs) };
    case "OverrideRetcode":
      return { type: "frame.overrideRetcode", code: message.code };
    case "Hello": {
      const { version, features } = message;
      return { type: "frame.hello", version, features };
    }
    case "Heap":
      return heapEvent(pid, message);
    case "Returned": {
      const { call, result } = message;
      const value = result.kind === "void" ? null : result.value;
      return { type: "frame.returned", call, result: exactly(value) };
    }
    case "Functions": {
      const functions = message.functions.map((named) => ({
        ...named,
        address: toHex(named.address),
        size: Number(named.size),
      }));
      return { type: "frame.functions", functions };
    }
    case "Refused": {
      const { call, code, message: text } = message;
      return { type: "frame.refused", call, code, message: text };
    }
  }
}

function heapEvent(pid: Pid, message: Heap): SessionEvent | null {
  const fd = openDescriptorOf(pid, message.fd);
  if (fd === null) return null;
  const views = { guarded: toHex(message.guarded), backdoor: toHex(message.backdoor) };
  return { type: "frame.heap", heap: { fd, size: Number(message.size), ...views } };
}

/** BigInt breaks the inspector and persistence: an integer past 2^53 goes as a decimal string. */
function exactly(value: number | bigint | null): string | number | null {
  return typeof value === "bigint" ? value.toString() : value;
}

/** The memory behind a heap, by its descriptor in the child; null where the child has died since. */
function openDescriptorOf(pid: Pid, fd: number): number | null {
  try {
    return openSync(`/proc/${pid}/fd/${fd}`, "r+");
  } catch (cause) {
    if (mappingsOf(pid).length === 0) return null;
    const message = `descriptor ${fd} of Heap cannot be opened`;
    throw new FfiscopeError({ code: "HEAP_REFUSED", message, cause });
  }
}
