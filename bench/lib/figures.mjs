/** Of several runs. */
export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** What a busy machine disturbs least. */
export const least = (values) => Math.min(...values);

/** `{ median, least }` of a property, such as `wallNs`. */
export const summary = (runs, property) => {
  const values = runs.map((run) => run[property]);
  return { median: median(values), least: least(values) };
};
