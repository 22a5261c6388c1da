/** Whether what is at rest after each round stays as it is. */

/** So much more at the end than after the warm-up is no leak: V8 and malloc keep what they had. */
const SLACK = { threads: 1, descriptors: 2, processes: 0, rss: 48, heap: 8, buffers: 8 };
/** Of memory, in parts of what there was. */
const PART = { rss: 0.15, heap: 0.15, buffers: 0.15 };

/**
 * What has grown, in sentences. `rests`: usage at rest, one a round, in order. Of memory the second
 * half's median is compared with the first half's (without its first quarter, in which code gets hot);
 * of the rest, the last with the first.
 */
export function growth(rests) {
  if (rests.length < 2) return [];
  const names = Object.keys(SLACK);
  const middle = rests.length >> 1;
  const early = rests.slice(Math.min(rests.length >> 2, middle - 1), middle);
  return names.flatMap((name) => {
    const isMemory = name in PART;
    const before = isMemory ? median(early.map((rest) => rest[name])) : rests[0][name];
    const after = isMemory
      ? median(rests.slice(middle).map((rest) => rest[name]))
      : rests.at(-1)[name];
    const most = before + SLACK[name] + before * (PART[name] ?? 0);
    return after > most ? [`${name} grew from ${before.toFixed(1)} to ${after.toFixed(1)}`] : [];
  });
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}
