/** Longer quotations are cut: a message is one line. */
const QUOTED_LENGTH = 60;

/** Control characters (a terminal obeys U+009B as it does ESC [) and line ends that JSON leaves as they are. */
const UNPRINTABLE = /[\u007f-\u009f\u2028\u2029]/g;

/** `text` as a message shows it: in single quotes, on one line, cut where it is long. */
export function quoted(text: string): string {
  const oneLine = JSON.stringify(text)
    .slice(1, -1)
    .replaceAll('\\"', '"')
    .replace(UNPRINTABLE, escaped);
  return oneLine.length > QUOTED_LENGTH ? `'${oneLine.slice(0, QUOTED_LENGTH)}…'` : `'${oneLine}'`;
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** `names`, in the order given, as a sentence has them: `a, b or c`. */
export function oneOf(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
