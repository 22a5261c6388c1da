/** The NUL-terminated string at `offset` of an ELF string table. */
export function stringAt(strings: Buffer, offset: number): string {
  const end = strings.indexOf(0, offset);
  return strings.toString("utf8", offset, end < 0 ? strings.length : end);
}
