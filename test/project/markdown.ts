/** The fenced blocks of `language` below the heading `title`, up to the next of its level. */
export function codeBlocks(markdown: string, title: string, language: string): readonly string[] {
  const heading = new RegExp(`^(#+) ${title}$`, "m").exec(markdown);
  if (!heading) throw new Error(`no heading '${title}'`);
  const after = markdown.slice(heading.index + heading[0].length);
  const end = after.search(new RegExp(`^#{1,${heading[1]!.length}} `, "m"));
  const section = end < 0 ? after : after.slice(0, end);
  return [...section.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, info]) => info === language)
    .map(([, , code]) => code!);
}
