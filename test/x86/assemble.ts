import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Context } from "mocha";
import { needsProgram } from "../support/needs.js";

/** Skips where nothing can be assembled. */
export function needsAssembler(context: Context): void {
  needsProgram(context, "as", "binutils");
  needsProgram(context, "objcopy", "binutils");
}

/** Assembles each line by itself, in Intel syntax, with one run of `as`. */
export function assemble(lines: readonly string[]): Uint8Array[] {
  const folder = mkdtempSync(join(tmpdir(), "ffiscope-assemble-"));
  try {
    const path = (name: string) => join(folder, name);
    const code = lines.map((line, i) => `b${i}: ${line}\ne${i}:\n`).join("");
    const lengths = lines.map((_, i) => `.byte e${i} - b${i}\n`).join("");
    writeFileSync(path("s"), `.intel_syntax noprefix\n.text\n${code}.data\n${lengths}`);
    run("as", ["-mindex-reg", "-o", path("o"), path("s")]);
    run("objcopy", ["-O", "binary", "-j", ".text", path("o"), path("text")]);
    run("objcopy", ["-O", "binary", "-j", ".data", path("o"), path("data")]);
    const text = readFileSync(path("text"));
    let start = 0;
    return [...readFileSync(path("data"))].slice(0, lines.length).map((length) => {
      start += length;
      return Uint8Array.from(text.subarray(start - length, start));
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(tool: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(tool, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${tool}: ${error?.message ?? stderr}`);
}
