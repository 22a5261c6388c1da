import { Graph, layout } from "@dagrejs/dagre";
import type { Chart, ChartArrow, ChartRegion, ChartState } from "../machines/index.js";

/** In pixels, for the fonts that chart.css gives a chart: monospace, so that widths are known. */
const NAME_CHARACTER = 8.8;
const NAME_PADDING = 14;
const NAME_LINE = 18;
const NODE_HEIGHT = 40;
const LABEL_CHARACTER = 6.7;
const LABEL_LINE = 14;

/** dagre's own unit of space, in pixels, and its weight for an arrow that is to be straight. */
const SPACE = { nodesep: 8, edgesep: 6, ranksep: 14, marginx: 10, marginy: 10 };
const STRAIGHT = 8;

/** A title that is longer is written in several lines, in characters. */
const TITLE_WIDTH = 17;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Box {
  /** Its centre. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A line of text by its middle. */
export interface Line extends Point {
  readonly text: string;
}

export interface LaidOutChart {
  readonly width: number;
  readonly height: number;
  readonly regions: readonly LaidOutRegion[];
}

/** Everything in it is placed as if it were alone: it starts at `left`, `top` of the chart. */
export interface LaidOutRegion {
  readonly name: string | null;
  readonly initial: string | null;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly states: readonly (Box & {
    readonly state: ChartState;
    readonly lines: readonly Line[];
  })[];
  readonly arrows: readonly {
    readonly arrow: ChartArrow;
    readonly points: readonly Point[];
    readonly lines: readonly Line[];
  }[];
}

/** Room above a region for its name, in pixels. */
export const REGION_HEAD = 30;

/** Places the regions of a chart below one another. In pixels. */
export function layOutChart(chart: Chart): LaidOutChart {
  const head = chart.regions.some(({ name }) => name !== null) ? REGION_HEAD : 0;
  const alone = chart.regions.map(layOutRegion);
  const width = Math.max(0, ...alone.map((region) => region.width));
  let height = 0;
  const regions = alone.map((region) => {
    const top = height + head;
    height = top + region.height;
    return { ...region, left: (width - region.width) / 2, top };
  });
  return { width, height, regions };
}

type Alone = Omit<LaidOutRegion, "left" | "top">;

/**
 * Places the states and arrows of a region with dagre, in layers from top to bottom. In pixels. The
 * way from each state to the next in the definition is kept straight. dagre's result depends on the
 * order in which it is told of the nodes: the one with the fewest arrows behind states is taken.
 */
function layOutRegion(chart: ChartRegion): Alone {
  const groups = chart.states.filter(({ kind }) => kind === "group");
  const others = chart.states.filter(({ kind }) => kind !== "group");
  let best = laidOut({ ...chart, states: [...groups, ...others] });
  for (const states of ordersOf(groups, others)) {
    if (hiddenArrows(best) === 0) break;
    const next = laidOut({ ...chart, states });
    if (hiddenArrows(next) < hiddenArrows(best)) best = next;
  }
  return best;
}

/** Groups first or last, and the states from each of them on, forwards and backwards. */
function* ordersOf(
  groups: readonly ChartState[],
  states: readonly ChartState[],
): Generator<ChartState[]> {
  for (let first = 0; first < states.length; first++) {
    const turned = [...states.slice(first), ...states.slice(0, first)];
    for (const others of [turned, turned.toReversed()]) {
      yield [...groups, ...others];
      yield [...others, ...groups];
    }
  }
}

/** How many times an arrow runs behind a state that it neither comes from nor leads to. */
export function hiddenArrows({ states, arrows }: Alone): number {
  let hidden = 0;
  for (const { arrow, points } of arrows) {
    for (const box of states) {
      if (box.state.name === arrow.from || box.state.name === arrow.to) continue;
      if (points.some((point, i) => i > 0 && crosses(points[i - 1]!, point, box))) hidden++;
    }
  }
  return hidden;
}

/** Looked at in steps of a few pixels: close enough for lines and boxes of this size. */
function crosses(from: Point, to: Point, { x, y, width, height }: Box): boolean {
  const steps = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / 3);
  return Array.from({ length: steps + 1 }, (_, i) => i / steps).some(
    (part) =>
      Math.abs(from.x + (to.x - from.x) * part - x) < width / 2 &&
      Math.abs(from.y + (to.y - from.y) * part - y) < height / 2,
  );
}

function laidOut(chart: ChartRegion): Alone {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: "TB", ...SPACE });
  const titles = new Map(chart.states.map((state) => [state.name, wrapped(state.title)]));
  for (const { name } of chart.states) graph.setNode(name, sizeOf(titles.get(name)!));
  for (const { from, to, labels } of chart.arrows) {
    const lines = labels.flatMap(labelLines);
    const width = Math.max(...lines.map((line) => line.length)) * LABEL_CHARACTER + 6;
    const height = lines.length * LABEL_LINE + 4;
    graph.setEdge(from, to, { width, height, labelpos: "c", weight: weightOf(chart, from, to) });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    ...{ name: chart.name, initial: chart.initial, width, height },
    states: chart.states.map((state) => {
      const box = graph.node(state.name) as Box;
      return { ...box, state, lines: linesAround(box, titles.get(state.name)!, NAME_LINE) };
    }),
    arrows: chart.arrows.map((arrow) => {
      const edge = graph.edge(arrow.from, arrow.to) as Box & { readonly points: readonly Point[] };
      const lines = linesAround(edge, arrow.labels.flatMap(labelLines), LABEL_LINE);
      return { arrow, points: edge.points, lines };
    }),
  };
}

/** States that follow one another in the definition, in either direction. */
function weightOf({ states }: ChartRegion, from: string, to: string): number {
  const order = states.filter(({ kind }) => kind !== "group").map(({ name }) => name);
  const [start, end] = [order.indexOf(from), order.indexOf(to)];
  return start >= 0 && Math.abs(end - start) === 1 ? STRAIGHT : 1;
}

/** A guard has a line of its own. */
const labelLines = (label: string) => label.split(/ (?=\[)/);

/** The lines of a text that is centred at a point. */
function linesAround({ x, y }: Point, texts: readonly string[], height: number): Line[] {
  const top = y - ((texts.length - 1) * height) / 2;
  return texts.map((text, i) => ({ text, x, y: top + i * height }));
}

function sizeOf(lines: readonly string[]): { width: number; height: number } {
  const longest = Math.max(...lines.map((line) => line.length));
  return {
    width: Math.max(84, longest * NAME_CHARACTER + 2 * NAME_PADDING),
    height: NODE_HEIGHT + (lines.length - 1) * NAME_LINE,
  };
}

function wrapped(title: string): string[] {
  const lines: string[] = [];
  for (const word of title.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= TITLE_WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}
