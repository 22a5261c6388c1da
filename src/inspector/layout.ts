import { Graph, layout } from "@dagrejs/dagre";
import type { Chart, ChartArrow, ChartState } from "../machines/index.js";

/** In pixels, for the fonts that style.css gives a chart: monospace, so that widths are known. */
const NAME_CHARACTER = 8.2;
const NAME_PADDING = 18;
const NODE_HEIGHT = 38;
const LABEL_CHARACTER = 6.2;
const LABEL_LINE = 13;
const MARGIN = 12;

/** A title that is longer is written in several lines, in characters. */
const TITLE_WIDTH = 22;

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

export interface LaidOutChart {
  readonly width: number;
  readonly height: number;
  readonly states: readonly (Box & {
    readonly state: ChartState;
    readonly lines: readonly string[];
  })[];
  readonly arrows: readonly {
    readonly arrow: ChartArrow;
    readonly points: readonly Point[];
    readonly label: Box;
  }[];
}

/** Places the states and arrows of a chart (dagre: layers from top to bottom). In pixels. */
export function layOutChart(chart: Chart): LaidOutChart {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: "TB", nodesep: 26, ranksep: 22, edgesep: 14, ...margins() });
  const titles = new Map(chart.states.map((state) => [state.name, wrapped(state.title)]));
  for (const { name } of chart.states) graph.setNode(name, sizeOf(titles.get(name)!));
  for (const { from, to, labels } of chart.arrows) {
    const width = Math.max(...labels.map((label) => label.length)) * LABEL_CHARACTER + 8;
    const height = labels.length * LABEL_LINE + 4;
    graph.setEdge(from, to, { width, height, labelpos: "c" });
  }
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return {
    ...{ width, height },
    states: chart.states.map((state) => ({
      ...(graph.node(state.name) as Box),
      ...{ state, lines: titles.get(state.name)! },
    })),
    arrows: chart.arrows.map((arrow) => {
      const edge = graph.edge(arrow.from, arrow.to) as Box & { readonly points: readonly Point[] };
      return { arrow, points: edge.points, label: edge };
    }),
  };
}

const margins = () => ({ marginx: MARGIN, marginy: MARGIN });

function sizeOf(lines: readonly string[]): { width: number; height: number } {
  const longest = Math.max(...lines.map((line) => line.length));
  return {
    width: Math.max(84, longest * NAME_CHARACTER + 2 * NAME_PADDING),
    height: NODE_HEIGHT + (lines.length - 1) * 17,
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
