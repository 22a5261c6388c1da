import { readFileSync } from "node:fs";
import { Packr } from "msgpackr";

/** Bytes that Rust's rmp-serde 1.1 wrote. */
export const golden: ReadonlyMap<string, Buffer> = new Map(
  readFileSync(new URL("../../test/wire/golden.ndjson", import.meta.url), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { name: string; hex: string })
    .map(({ name, hex }) => [name, Buffer.from(hex, "hex")]),
);

/** Another MessagePack encoder, set up to write as serde does where it can. */
export const msgpackr = new Packr({ useRecords: false, variableMapSize: true });

/** Bytes from hex with text in it: `81 "Read" 92 00 00`, each text as a fixstr. */
export function bytes(notation: string): Buffer {
  const hex = notation.replace(/"([^"]*)"/g, (_, text: string) => fixstr(text).toString("hex"));
  return Buffer.from(hex.replace(/\s/g, ""), "hex");
}

function fixstr(text: string): Buffer {
  return Buffer.concat([Buffer.of(0xa0 + Buffer.byteLength(text)), Buffer.from(text)]);
}
