import type { Opening } from "../entry.js";
import type { Timeline } from "../timeline.js";
import { find, grouped } from "./dom.js";
import type { Place } from "./place.js";

const MiB = 1024 * 1024;

/** The controls of the history, and their keys. */
export class Transport {
  readonly #pause = find<HTMLButtonElement>("#pause");
  readonly #replay = find<HTMLButtonElement>("#replay");
  readonly #slider = find<HTMLInputElement>("#slider");
  readonly #output = find("#place");
  readonly #kept = find("#kept");

  /** `selectNext` selects the actor after (1) or before (-1) the selected one. */
  constructor(
    readonly place: Place,
    readonly selectNext: (by: 1 | -1) => void,
  ) {
    find("#first").addEventListener("click", () => this.#toFirst());
    find("#back").addEventListener("click", (event) => place.step(-1, event.shiftKey));
    find("#forward").addEventListener("click", (event) => place.step(1, event.shiftKey));
    this.#pause.addEventListener("click", () => place.toggle());
    this.#replay.addEventListener("click", () => place.replay());
    this.#slider.addEventListener("input", () => place.goTo(Number(this.#slider.value)));
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  show(timeline: Timeline, limits: Opening["limits"]): void {
    const { first, next } = timeline;
    const { live, seq, replaying } = this.place;
    this.#slider.min = String(first);
    this.#slider.max = String(Math.max(first, next - 1));
    this.#slider.value = String(seq);
    this.#pause.textContent = live ? "pause" : "live";
    this.#replay.setAttribute("aria-pressed", String(replaying));
    this.#output.textContent =
      next === first
        ? "no entry"
        : `${live ? "live" : "paused"}: ${grouped(seq + 1)} of ${grouped(next)}`;
    document.body.dataset.place = live ? "live" : "paused";
    const dropped =
      first === 0 ? "nothing was dropped" : `the oldest ${grouped(first)} were dropped`;
    const most = `${grouped(limits.entries)} entries or ${Math.round(limits.bytes / MiB)} MiB`;
    this.#kept.textContent = `${grouped(next - first)} entries kept, ${dropped} (at most ${most} are kept)`;
  }

  #toFirst(): void {
    this.place.goTo(this.place.timeline().first);
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    // The browser's own meaning of a key comes first: Space presses a button, arrows move a slider.
    const onControl =
      target instanceof HTMLButtonElement ||
      (target instanceof HTMLElement && target.tagName === "SUMMARY");
    if (event.key === " " && onControl) return;
    if (
      target instanceof HTMLInputElement &&
      event.key !== " " &&
      event.key.length > 1 &&
      !event.shiftKey
    )
      return;
    const action = this.#actions(event)[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  #actions({ shiftKey }: KeyboardEvent): Readonly<Record<string, () => void>> {
    return {
      " ": () => this.place.toggle(),
      ArrowLeft: () => this.place.step(-1, shiftKey),
      ArrowRight: () => this.place.step(1, shiftKey),
      Home: () => this.#toFirst(),
      End: () => this.place.goLive(),
      r: () => this.place.replay(),
      "[": () => this.selectNext(-1),
      "]": () => this.selectNext(1),
    };
  }
}
