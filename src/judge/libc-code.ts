import type { CodeNames } from "./call-facts.js";

/** Code that may read whole blocks. */
const GLIBC = /^(libc|ld-linux-x86-64)\.so\.\d+$/;

/** Which code is glibc's, and of which function. */
export class LibcCode {
  constructor(private readonly code: CodeNames | null | undefined) {}

  isGlibc(ip: number): boolean {
    return GLIBC.test(this.code?.imageOf(ip) ?? "");
  }

  functionOf(ip: number): string | null {
    return this.code?.functionOf(ip) ?? null;
  }

  /** Whether other code of glibc belongs to the same function as `ip`. */
  isSameFunction(ip: number): (other: number) => boolean {
    const name = this.functionOf(ip);
    return (other) => this.isGlibc(other) && this.functionOf(other) === name;
  }
}
