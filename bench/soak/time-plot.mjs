/** Small plots above each other, over one axis, as SVG that is legible on light and on dark ground. */
const WIDTH = 720;
const ROW = 96;
const EDGE = { left: 90, right: 20, top: 34, bottom: 40 };
/** More of them are a thick line, and most of the file. */
const MOST_DOTS = 60;
const COLORS = { peak: "#ff7f0e", rest: "#1f77b4" };

/**
 * @param {{ name: string, unit: string }[]} measures one plot each, of the fields of that name
 * @param {{ name: "peak" | "rest", points: { at: number }[] }[]} series
 * @param {string} title
 * @param {string} axis what `at` is
 */
export function timePlot(measures, series, title, axis) {
  const all = series.flatMap(({ points }) => points);
  const last = Math.max(...all.map(({ at }) => at)) || 1;
  const x = (at) => EDGE.left + (at / last) * (WIDTH - EDGE.left - EDGE.right);
  const height = EDGE.top + measures.length * ROW + EDGE.bottom;
  const rows = measures.map(({ name, unit }, row) => {
    const most = Math.max(1, ...all.map((point) => point[name])) * 1.1;
    const bottom = EDGE.top + (row + 1) * ROW - 14;
    const y = (value) => bottom - (value / most) * (ROW - 26);
    const lines = series.map(({ name: kind, points }) => {
      const path = points.map((point) => `${x(point.at).toFixed(1)} ${y(point[name]).toFixed(1)}`);
      const dot = (at) => `<circle cx="${at.replace(" ", '" cy="')}" r="1.5"/>`;
      const dots = path.length > MOST_DOTS ? "" : path.map(dot).join("");
      return `<g fill="${COLORS[kind]}"><path fill="none" stroke="${COLORS[kind]}" stroke-width="1.5" d="M${path.join("L")}"/>${dots}</g>`;
    });
    const top = (most / 1.1).toFixed(most > 20 ? 0 : 1);
    return `<path class="grid" d="M${EDGE.left} ${bottom}H${WIDTH - EDGE.right}"/>
<text x="${EDGE.left - 8}" y="${bottom}" text-anchor="end">0</text>
<text x="${EDGE.left - 8}" y="${y(most / 1.1) + 4}" text-anchor="end">${top} ${unit}</text>
<text x="12" y="${bottom - ROW / 2 + 8}">${name}</text>
${lines.join("\n")}`;
  });
  const legend = series.map(
    ({ name }, i) =>
      `<text x="${WIDTH - EDGE.right - 120 * (series.length - 1 - i)}" y="16" text-anchor="end" fill="${COLORS[name]}">${name === "rest" ? "at rest" : "at its most"}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#808080">
<title>${title}</title>
<style>.grid { stroke: #808080; stroke-opacity: 0.3; fill: none }</style>
<text x="12" y="16">${title}</text>
${legend.join("\n")}
${rows.join("\n")}
<text x="${EDGE.left}" y="${height - 22}">0</text><text x="${WIDTH - EDGE.right}" y="${height - 22}" text-anchor="end">${last.toLocaleString("en", { maximumFractionDigits: 0 })}</text>
<text x="${WIDTH / 2}" y="${height - 8}" text-anchor="middle">${axis}</text>
</svg>
`;
}
