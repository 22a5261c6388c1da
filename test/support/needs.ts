import { spawnSync } from "node:child_process";
import koffi from "koffi";
import type { Context } from "mocha";
import { skip } from "./skip.js";

/** Skips where `cc` cannot compile a C program: where it, or libc's headers, are missing. */
export function needsCompiler(context: Context): void {
  const { status } = spawnSync("cc", ["-x", "c", "-o", "/dev/null", "-"], {
    input: '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n',
  });
  if (status !== 0) skip(context, "no C compiler: install gcc and libc6-dev");
}

/** Skips where a program cannot be run, naming the Debian package that has it. */
export function needsProgram(context: Context, program: string, debianPackage: string): void {
  if (spawnSync(program, ["--version"]).error)
    skip(context, `no ${program}: install ${debianPackage}`);
}

/** Skips where a library cannot be loaded, naming the Debian package that has it. */
export function needsLibrary(context: Context, soname: string, debianPackage: string): void {
  try {
    koffi.load(soname).unload();
  } catch {
    skip(context, `no ${soname}: install ${debianPackage}`);
  }
}
