import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** With the Debian package that has it; node_api.h comes with Node. */
export const HEADERS = [
  ["zlib.h", "zlib1g-dev"],
  ["png.h", "libpng-dev"],
  ["jpeglib.h", "libjpeg-dev"],
  ["gmp.h", "libgmp-dev"],
  ["expat.h", "libexpat1-dev"],
  ["sqlite3.h", "libsqlite3-dev"],
  ["libxml/parser.h", "libxml2-dev"],
  ["magic.h", "libmagic-dev"],
  ["node_api.h", "Node's own headers"],
  ["openssl/evp.h", "libssl-dev"],
] as const;

/** Beside those of the compiler. Node's folder has an openssl of its own. */
function folders(header: string): string[] {
  if (header.startsWith("libxml")) return ["/usr/include/libxml2"];
  if (header !== "node_api.h") return [];
  return [join(dirname(dirname(process.execPath)), "include/node"), "/usr/include/node"];
}

/** jpeglib.h uses FILE and size_t, and says that both are to be there. */
const includes = (header: string) => `#include <stdio.h>\n#include <${header}>\n`;

/** What the preprocessor makes of `header`; null where there is no such header. */
export function preprocessed(header: string): string | null {
  const searched = [...folders(header), "/usr/include", "/usr/include/x86_64-linux-gnu"];
  const isThere = searched.some((folder) => existsSync(join(folder, header)));
  return isThere ? cc(header, ["-E"]) : null;
}

/** The functions that `header` declares and a library may export, by name: as the compiler writes them. */
export function declaredFunctions(header: string): ReadonlyMap<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-headers-"));
  try {
    const list = join(folder, "functions");
    cc(header, ["-fsyntax-only", "-aux-info", list]);
    return new Map(readFileSync(list, "utf8").split("\n").flatMap(listed));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function cc(header: string, flags: readonly string[]): string {
  const searched = folders(header).map((folder) => `-I${folder}`);
  return execFileSync("cc", ["-w", ...searched, ...flags, "-x", "c", "-"], {
    input: includes(header),
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
}

/** A line of `-aux-info`: `/* zlib.h:12:NC … extern int f (int, char *);`. */
function listed(line: string): (readonly [name: string, prototype: string])[] {
  const text = /^\/\* .*? \*\/ extern (.*);/.exec(line)?.[1];
  if (text === undefined) return [];
  const name = /^[^(]*\(\*+(\w+) \(/.exec(text) ?? /(\w+) \(/.exec(text) ?? /(\w+)$/.exec(text);
  return [[name![1]!, text.replaceAll("__va_list_tag", "struct __va_list_tag")]];
}
