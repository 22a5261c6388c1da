/** More edits than this are another word, not a slip of the hand. */
const MOST_EDITS = 2;

/** The candidate that `word` is most likely a slip for, or null. */
export function nearestName(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null;
  let fewest = Math.min(MOST_EDITS, Math.floor((word.length - 1) / 2)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= fewest) continue;
    const edits = editDistance(word, candidate);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let twoUp: number[] = [];
  let up = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const here = [row];
    for (let column = 1; column <= to.length; column++) {
      const replace = up[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      here[column] = Math.min(replace, up[column]! + 1, here[column - 1]! + 1);
      if (row > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]) {
        here[column] = Math.min(here[column]!, twoUp[column - 2]! + 1);
      }
    }
    [twoUp, up] = [up, here];
  }
  return up[to.length]!;
}
