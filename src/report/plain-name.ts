/** Without what tells it from those that are not freed. */
export function plainName(buffer: string): string {
  return buffer.replace(/ \(freed\)(?: \(\d+\))?$/, "");
}
