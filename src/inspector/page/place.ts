import type { Entry } from "../entry.js";
import type { Timeline } from "../timeline.js";

/** How long a replay stays at an entry that changes what is seen, in ms. */
const REPLAY_MS = 350;

/** Entries at which steps end. */
interface Marks {
  /** Whether an entry concerns the system of the selected actor. */
  shown(): (entry: Entry) => boolean;
  /** It changes the selected actor's state. */
  isState(entry: Entry): boolean;
}

/** Where in the history the page looks: at the end as it grows (live), or at one entry. */
export class Place {
  #seq: number | null = null;
  #replaying: number | null = null;

  /** `moved` is called when another place is looked at. */
  constructor(
    readonly timeline: () => Timeline,
    readonly marks: Marks,
    readonly moved: () => void,
  ) {}

  get live(): boolean {
    return this.#seq === null;
  }

  get replaying(): boolean {
    return this.#replaying !== null;
  }

  /** The entry that is looked at; -1 where there is none yet. */
  get seq(): number {
    const { first, next } = this.timeline();
    return this.#seq === null ? next - 1 : Math.min(Math.max(this.#seq, first), next - 1);
  }

  /** Pauses at an entry. */
  goTo(seq: number): void {
    this.#stop();
    this.#move(seq);
  }

  goLive(): void {
    this.#stop();
    this.#move(null);
  }

  toggle(): void {
    if (this.live) this.goTo(this.seq);
    else this.goLive();
  }

  /** By entries that are shown, or to the next that changes the selected actor's state. */
  step(by: 1 | -1, byState: boolean): void {
    const { entries, first, next } = this.timeline();
    const counts = byState ? this.marks.isState : this.marks.shown();
    // Back is to where the state was another: the change to the one that is lit is passed.
    let left = byState && by < 0 ? 2 : 1;
    for (let at = left === 2 ? this.seq : this.seq + by; at >= first && at < next; at += by) {
      if (counts(entries[at - first]!) && --left === 0) return this.goTo(at);
    }
    this.goTo(by < 0 ? first : next - 1);
  }

  /** Goes through the history at a pace that eyes follow, then on live. */
  replay(): void {
    const { first, next } = this.timeline();
    if (this.replaying) return this.goTo(this.seq);
    this.goTo(this.seq >= next - 1 ? first : this.seq);
    const tick = () => {
      const { entries, first: start, next: end } = this.timeline();
      let at = this.seq + 1;
      while (at < end && !this.marks.isState(entries[at - start]!)) at++;
      if (at >= end) return this.goLive();
      this.#move(at);
      this.#replaying = window.setTimeout(tick, REPLAY_MS);
    };
    this.#replaying = window.setTimeout(tick, REPLAY_MS);
    this.moved();
  }

  #stop(): void {
    if (this.#replaying !== null) window.clearTimeout(this.#replaying);
    this.#replaying = null;
  }

  #move(seq: number | null): void {
    this.#seq = seq;
    this.moved();
  }
}
