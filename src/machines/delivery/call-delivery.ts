import { FRAME_LIMIT } from "../../ipc/index.js";
import type { AccessBatch } from "../../model/index.js";
import { closeFile } from "../../native/files.js";
import type { ChildLine } from "../link/child-line.js";
import { EventSpool } from "./event-spool.js";
import { type EventStore, SharedEvents } from "./shared-events.js";

/** What a child is sent of its calls: collected while one runs, and sent when it is over. */
export class CallDelivery {
  #events: EventStore;
  /** Memory of the child's for the events of its next call, open here; null where it gave none. */
  #memory: number | null = null;

  /** `frameLimit`: what the payload of a frame may hold, in bytes. */
  constructor(readonly frameLimit: number = FRAME_LIMIT) {
    this.#events = new EventSpool(frameLimit);
  }

  /** The child gives memory for events; `fd` is closed here. Not while a call runs. */
  giveMemory(fd: number | null): void {
    this.#useUpMemory();
    this.#memory = fd;
  }

  /** The child has given no memory: the events of its next call are sent in a frame. */
  get isInline(): boolean {
    return this.#memory === null;
  }

  /** A call begins. */
  begin(): void {
    this.#events.close();
    const memory = this.#memory;
    this.#events = memory === null ? new EventSpool(this.frameLimit) : new SharedEvents(memory);
  }

  /** Throws FfiscopeError where there is no room for more: see {@link EventSpool.add}. */
  add(batch: AccessBatch): void {
    this.#events.add(batch);
  }

  /** Sends them as fast as the child takes them, and meanwhile everything goes on. */
  send(line: ChildLine, sent: () => void): void {
    const events = this.#events;
    line.send(events.frame(), () => {
      events.close();
      if (events.used) this.#useUpMemory();
      sent();
    });
  }

  /** Nobody is sent anything any more. */
  close(): void {
    this.#events.close();
    this.#useUpMemory();
  }

  #useUpMemory(): void {
    if (this.#memory !== null) closeFile(this.#memory);
    this.#memory = null;
  }
}
