import { check, libc } from "../libc.js";

const getenv = libc.func("const char *getenv(const char *name)");
const unsetenv = libc.func("int unsetenv(const char *name)");

/** Of the process itself, which `process.env` of a worker is a copy of. */
export function environmentVariable(name: string): string | null {
  return getenv(name);
}

/** Takes a variable out of the environment of the process and of this thread. */
export function removeEnvironmentVariable(name: string): void {
  delete process.env[name];
  check("unsetenv", unsetenv(name));
}
