import { readdirSync, readFileSync } from "node:fs";

const FOLDER = new URL("./page/", import.meta.url);
const TIMELINE = new URL("./timeline.js", import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
};

export interface PageFile {
  readonly type: string;
  readonly content: Buffer;
}

/** The files of the page by their path behind the token; the empty path is the page itself. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  const put = (path: string, url: URL) => {
    const type = TYPES[url.pathname.slice(url.pathname.lastIndexOf(".") + 1)];
    if (type !== undefined) files.set(path, { type, content: readFileSync(url) });
  };
  for (const name of readdirSync(FOLDER)) put(`page/${name}`, new URL(name, FOLDER));
  put("timeline.js", TIMELINE);
  put("", new URL("index.html", FOLDER));
  return files;
}
