import { closeDescriptor, duplicateDescriptor } from "../../native/files.js";
import type { HeapFacts } from "../session/session-events.js";

/**
 * A host's heap for whoever reads it also when its session is over, which closes its own descriptor.
 * Who keeps it closes it: {@link releaseHeap}.
 */
export function keepHeap(heap: HeapFacts): HeapFacts {
  return { ...heap, fd: duplicateDescriptor(heap.fd) };
}

export function releaseHeap({ fd }: HeapFacts): void {
  closeDescriptor(fd);
}
