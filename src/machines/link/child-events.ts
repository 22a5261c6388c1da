import { handedPages, parsePageRequest, parseRangeRequest } from "../../guard/handed-pages.js";
import type { ChildMessage } from "../../ipc/index.js";
import { type Pid, toHex } from "../../model/index.js";
import type { SessionEvent } from "../session/session-events.js";
import type { ChildHeaps } from "./child-memory.js";

type Heap = Extract<ChildMessage, { type: "Heap" }>;

/**
 * What a child's message is to the session; null where the child has died since it sent it. Throws
 * FfiscopeError for what the message names that is not there.
 */
export function childEvent(
  pid: Pid,
  heaps: ChildHeaps,
  message: ChildMessage,
): SessionEvent | null {
  switch (message.type) {
    case "StartFfi":
      return {
        type: "frame.startFfi",
        ranges: handedPages(pid, parsePageRequest(message.pagePtrs)),
      };
    case "StartRanges":
      return {
        type: "frame.startRanges",
        ranges: handedPages(pid, parseRangeRequest(message.ranges)),
      };
    case "EventMemory":
      return { type: "frame.eventMemory" };
    case "OverrideRetcode":
      return { type: "frame.overrideRetcode", code: message.code };
    case "Hello": {
      const { version, features } = message;
      return { type: "frame.hello", version, features };
    }
    case "Heap":
      return heapEvent(heaps.open(pid, message.fd), message);
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

function heapEvent(fd: number | null, message: Heap): SessionEvent | null {
  if (fd === null) return null;
  const views = { guarded: toHex(message.guarded), backdoor: toHex(message.backdoor) };
  return { type: "frame.heap", heap: { fd, size: Number(message.size), ...views } };
}

/** BigInt breaks the inspector and persistence: an integer past 2^53 goes as a decimal string. */
function exactly(value: number | bigint | null): string | number | null {
  return typeof value === "bigint" ? value.toString() : value;
}
