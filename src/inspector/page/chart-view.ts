import type { RegionStates } from "../entry.js";
import { element, find } from "./dom.js";

/** A chart fills its panel, but a small one is not blown up beyond this. */
const LARGEST = 1.3;

/** Of what is shown: the states before, and whether time is going on. */
interface Lit {
  readonly states: RegionStates;
  readonly previous: RegionStates;
  readonly live: boolean;
}

/** The chart of the selected actor, with its states lit: one of each region. */
export class ChartView {
  readonly #canvas = find("#chart .canvas");
  readonly #title = find("#chart-title");
  readonly #svgs = new Map<number, Promise<Element>>();
  #shown: number | null = null;
  #svg: Element | null = null;
  #states: RegionStates = {};
  /** Another actor is shown: what was lit was another's. */
  #fresh = true;

  /** Fetches a chart ahead, so that no state is missed while it loads. */
  load(chart: number): Promise<Element> {
    const known = this.#svgs.get(chart) ?? fetchSvg(chart);
    this.#svgs.set(chart, known);
    return known;
  }

  /** Shows a chart that was loaded; null: the actor has none. */
  async show(chart: number | null): Promise<void> {
    this.#fresh = true;
    if (chart === this.#shown && this.#svg !== null) return;
    this.#shown = chart;
    this.#states = {};
    this.#svg = chart === null ? null : await this.load(chart);
    this.#canvas.replaceChildren(
      this.#svg ?? element("p", { class: "empty" }, "This actor is no state machine."),
    );
  }

  light({ states, previous, live }: Lit): void {
    const text = statesText(states);
    this.#title.textContent = text === "" ? "State" : `State: ${text}`;
    if (this.#svg === null) return;
    const before = this.#fresh ? states : this.#states;
    this.#fresh = false;
    this.#states = states;
    const regions = new Set<string>();
    for (const node of this.#svg.querySelectorAll<SVGElement>(".state")) {
      const region = node.dataset.region!;
      regions.add(region);
      const moved = states[region] !== before[region];
      this.#lightNode(node, states[region] ?? null, previous[region] ?? null, live, moved);
    }
    for (const region of regions) {
      this.#takeArrow(region, previous[region] ?? null, states[region] ?? null);
    }
  }

  /** `moved`: its region has come to another state. */
  #lightNode(
    node: SVGElement,
    state: string | null,
    previous: string | null,
    live: boolean,
    moved: boolean,
  ): void {
    const name = node.dataset.state!;
    const members = JSON.parse(node.dataset.members!) as string[];
    const wasLit = node.classList.contains("lit");
    node.classList.toggle("lit", name === state);
    node.classList.toggle("previous", name === previous && name !== state);
    node.classList.toggle("holds", state !== null && members.includes(state));
    if (name === state) node.setAttribute("aria-current", "step");
    else node.removeAttribute("aria-current");
    if (!live || name === state) node.classList.remove("passed");
    else if (moved && wasLit) this.#glow(node);
  }

  /** What is passed faster than an eye sees stays visible for a while. */
  #glow(node: SVGElement): void {
    node.classList.remove("passed");
    node.getBoundingClientRect(); // restarts the animation
    node.classList.add("passed");
    node.addEventListener("animationend", () => node.classList.remove("passed"), { once: true });
  }

  /** The arrow by which the state was come to: its own, or that of a group. */
  #takeArrow(region: string, from: string | null, to: string | null): void {
    const within = (selector: string) =>
      [...this.#svg!.querySelectorAll<SVGElement>(selector)].filter(
        ({ dataset }) => dataset.region === region,
      );
    const all = within(".arrow, .label");
    const groups = within(".state.group")
      .filter(({ dataset }) => from !== null && JSON.parse(dataset.members!).includes(from))
      .map(({ dataset }) => dataset.state);
    const leads = (start: string | null | undefined) =>
      all.filter(({ dataset }) => dataset.from === start && dataset.to === to);
    const taken = [from, ...groups].map(leads).find(({ length }) => length > 0) ?? [];
    for (const part of all) part.classList.toggle("taken", taken.includes(part));
  }
}

/** Of `states` those that are `shown`: the first region's, and those of others by their region's name. */
export function statesText(states: RegionStates, shown: RegionStates = states): string {
  const [first] = Object.keys(states);
  return Object.entries(shown)
    .map(([region, state]) => (region === first ? state : `${region}: ${state}`))
    .join(", ");
}

/** A chart that cannot be drawn is its error's text: the rest of the page goes on. */
async function fetchSvg(chart: number): Promise<Element> {
  const response = await fetch(`charts/${chart}.svg`);
  const text = await response.text();
  if (!response.ok) return element("p", { class: "empty" }, `No chart: ${text}`);
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  const svg = document.importNode(parsed.documentElement, true);
  for (const side of ["width", "height"] as const) {
    const most = Number(svg.getAttribute(side)) * LARGEST;
    svg.style.setProperty(`max-${side}`, `${most}px`);
  }
  return svg;
}
