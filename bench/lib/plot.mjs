/** A plot on logarithmic axes, as SVG that is legible on light and on dark ground. */
const WIDTH = 720;
const HEIGHT = 440;
const EDGE = { left: 70, right: 160, top: 20, bottom: 50 };
const COLORS = ["#7f7f7f", "#1f77b4", "#d62728", "#ff7f0e", "#2ca02c", "#9467bd"];
const UNITS = ["1 ns", "10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms"];
UNITS.push("1 s", "10 s", "100 s", "1,000 s");

/** @param {{ name: string, points: { n: number, ns: number }[] }[]} series */
export function plot(series, title) {
  const all = series.flatMap(({ points }) => points);
  const decades = (values) => [
    Math.floor(Math.log10(Math.min(...values))),
    Math.ceil(Math.log10(Math.max(...values))),
  ];
  const [left, right] = decades(all.map(({ n }) => n));
  const [bottom, top] = decades(all.map(({ ns }) => ns));
  const x = (n) =>
    EDGE.left + ((Math.log10(n) - left) / (right - left)) * (WIDTH - EDGE.left - EDGE.right);
  const y = (ns) =>
    HEIGHT -
    EDGE.bottom -
    ((Math.log10(ns) - bottom) / (top - bottom)) * (HEIGHT - EDGE.top - EDGE.bottom);
  const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const grid = [
    ...range(left, right).map((power) => {
      const at = x(10 ** power).toFixed(1);
      return `<path class="grid" d="M${at} ${EDGE.top}V${HEIGHT - EDGE.bottom}"/><text x="${at}" y="${HEIGHT - 30}" text-anchor="middle">10<tspan dy="-5" font-size="9">${power}</tspan></text>`;
    }),
    ...range(bottom, top).map((power) => {
      const at = y(10 ** power).toFixed(1);
      return `<path class="grid" d="M${EDGE.left} ${at}H${WIDTH - EDGE.right}"/><text x="${EDGE.left - 8}" y="${+at + 4}" text-anchor="end">${UNITS[power]}</text>`;
    }),
  ];
  const lines = series.map(({ name, points }, i) => {
    const color = COLORS[i % COLORS.length];
    const path = points.map(({ n, ns }) => `${x(n).toFixed(1)} ${y(ns).toFixed(1)}`);
    const last = points.at(-1);
    const dots = path.map((at) => `<circle cx="${at.replace(" ", '" cy="')}" r="3"/>`).join("");
    return `<g fill="${color}" stroke="none"><path fill="none" stroke="${color}" stroke-width="2" d="M${path.join("L")}"/>${dots}<text x="${x(last.n) + 8}" y="${y(last.ns) + 4}">${name}</text></g>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#808080">
<title>${title}</title>
<style>.grid { stroke: #808080; stroke-opacity: 0.3; fill: none }</style>
${grid.join("\n")}
<text x="${(EDGE.left + WIDTH - EDGE.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">accesses of a call</text>
${lines.join("\n")}
</svg>
`;
}
