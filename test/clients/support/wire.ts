/** A frame of this payload: its length as a little-endian u32 before it. In hex, spaces allowed. */
export function frame(payload: string): string {
  const bytes = Buffer.from(payload.replaceAll(" ", ""), "hex");
  const header = Buffer.alloc(4);
  header.writeUInt32LE(bytes.length);
  return Buffer.concat([header, bytes]).toString("hex");
}
