import type { Chart } from "../machines/index.js";
import { type LaidOutRegion, type Line, layOutChart, type Point, REGION_HEAD } from "./layout.js";

/** What no chart has in its names, and XML must not have as it is. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/**
 * A chart as SVG. States are `g.state` with `data-state`, arrows `g.arrow` with `data-from` and
 * `data-to`, all with the name of their region in `data-region`, which is empty where the machine is
 * not parallel; chart.css gives them their looks, and the page lights them.
 */
export function chartSvg(chart: Chart): string {
  const { width, height, regions } = layOutChart(chart);
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" class="chart" role="img" aria-label="state chart">`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse" markerWidth="9" markerHeight="9" orient="auto-start-reverse"><path d="M0 0.5 8 4 0 7.5z"/></marker></defs>',
    ...regions.flatMap((region) => regionOf(region, width)),
    "</svg>",
  ].join("\n");
}

/** A region that has a name has it above, and a line over that unless it is the first. */
function regionOf(region: LaidOutRegion, chartWidth: number): string[] {
  const { name, left, top } = region;
  const above = top - REGION_HEAD;
  const line = above > 0 ? `<path class="edge" d="M0 ${round(above)}H${round(chartWidth)}"/>` : "";
  const title = { text: name ?? "", x: chartWidth / 2, y: above + REGION_HEAD / 2 };
  return [
    ...(name === null ? [] : [`<g class="region">${line}${text(title)}</g>`]),
    `<g transform="translate(${round(left)} ${round(top)})">`,
    ...arrowsOf(region),
    ...statesOf(region),
    "</g>",
  ];
}

const inRegion = ({ name }: LaidOutRegion) => `data-region="${escaped(name ?? "")}"`;

function arrowsOf(region: LaidOutRegion): string[] {
  const { arrows } = region;
  const paths = arrows.map(
    ({ arrow, points }) =>
      `<g class="arrow" ${inRegion(region)} data-from="${escaped(arrow.from)}" data-to="${escaped(arrow.to)}">` +
      `<path d="${smooth(points)}" marker-end="url(#head)"/></g>`,
  );
  // Labels come after all lines, so that no line crosses a text.
  const labels = arrows.map(
    ({ arrow, lines }) =>
      `<g class="label" ${inRegion(region)} data-from="${escaped(arrow.from)}" data-to="${escaped(arrow.to)}">` +
      `${lines.map(text).join("")}</g>`,
  );
  return [...paths, ...labels];
}

function statesOf(region: LaidOutRegion): string[] {
  const { states, initial } = region;
  return states.map(({ state, lines, x, y, width, height }) => {
    const [left, top] = [x - width / 2, y - height / 2];
    const box = (inset: number) =>
      `<rect x="${round(left + inset)}" y="${round(top + inset)}" width="${round(width - 2 * inset)}" height="${round(height - 2 * inset)}" rx="${10 - inset}"/>`;
    const kind = `${state.kind}${state.name === initial ? " initial" : ""}`;
    const members = escaped(JSON.stringify(state.members));
    return `<g class="state ${kind}" ${inRegion(region)} data-state="${escaped(state.name)}" data-members="${members}">${box(0)}${state.kind === "final" ? box(3.5) : ""}${lines.map(text).join("")}</g>`;
  });
}

const text = ({ text, x, y }: Line) =>
  `<text x="${round(x)}" y="${round(y)}">${escaped(text)}</text>`;

/** A path through the middles between the points, bent towards each of them. */
function smooth(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const at = ({ x, y }: Point) => `${round(x)} ${round(y)}`;
  const middle = (a: Point, b: Point) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const bends = rest.slice(0, -1).map((point, i) => {
    const next = rest[i + 1]!;
    const to = i === rest.length - 2 ? next : middle(point, next);
    return `Q${at(point)} ${at(to)}`;
  });
  return `M${at(first!)}${bends.length > 0 ? bends.join("") : `L${at(rest.at(-1)!)}`}`;
}

const round = (number: number) => Math.round(number * 10) / 10;

function escaped(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character]!);
}
