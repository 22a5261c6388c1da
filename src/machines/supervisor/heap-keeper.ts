import { randomUUID } from "node:crypto";
import { fromCallback } from "xstate";
import { closeFile } from "../../native/files.js";

/** Descriptors that no keeper has yet. */
const handedOver = new Map<string, number>();

/** A ticket for a keeper: with it alone the descriptor is closed, and once. */
export function handOver(fd: number): string {
  const ticket = randomUUID();
  handedOver.set(ticket, fd);
  return ticket;
}

/**
 * Has the descriptor of a child's heap, and closes it when it is stopped: with the child, or with the
 * supervisor. One that was restored from a snapshot has none, whatever number it had.
 */
export const heapKeeper = fromCallback<{ type: "never" }, { ticket: string }>(({ input }) => {
  const fd = handedOver.get(input.ticket);
  handedOver.delete(input.ticket);
  if (fd === undefined) return;
  return () => closeFile(fd);
});
