import { closeSync } from "node:fs";
import { openMemoryFile } from "../native/files.js";
import type { SupervisorChannel } from "./channel.js";
import { EventList } from "./event-list.js";

/** Memory that the supervisor puts a call's events into, where they are many. */
export class EventMemory {
  #fd: number | null = null;

  constructor(readonly channel: SupervisorChannel) {}

  /** Before a call: sees to it that the supervisor has memory that was not used yet. */
  offer(): void {
    if (this.#fd !== null) return;
    this.#fd = openMemoryFile("ffiscope-events");
    this.channel.post({ type: "EventMemory", fd: this.#fd });
  }

  /** The `count` events that it holds now. The next call's go elsewhere: these stay as they are. */
  take(count: number): EventList {
    const fd = this.#fd!;
    const events = EventList.in(fd, count);
    closeSync(fd);
    this.#fd = null;
    return events;
  }
}
