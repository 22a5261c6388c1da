/** Characters of the failures that are printed again: the end of a log is what is kept of it. */
const MOST = 24_000;

/**
 * What went wrong in the batches that failed, by what they printed: mocha's list of failures, with titles,
 * messages and stacks; where there is none, the end of it all.
 */
export function failuresOf(outputs: readonly string[]): string {
  return outputs.map((output) => failuresIn(output, Math.floor(MOST / outputs.length))).join("");
}

function failuresIn(output: string, most: number): string {
  const list = [...output.matchAll(/^ {2}\d+ failing$/gm)].at(-1);
  if (!list) return output.length > most ? `${LEFT_OUT}${output.slice(-most)}` : output;
  const text = output.slice(list.index);
  if (text.length <= most) return text;
  return `${text.slice(0, most / 2)}${LEFT_OUT}${text.slice(-most / 2)}`;
}

const LEFT_OUT = "\n  [… the rest stands further above …]\n";
