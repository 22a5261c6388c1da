import type { NamedFunction } from "../ipc/index.js";
import { symbolAddress } from "../native/libc.js";

/** Where functions of libc are: its implementations behind ifuncs have no symbols of their own. */
export function functionsOfLibc(names: readonly string[]): NamedFunction[] {
  return names.flatMap((name): NamedFunction[] => {
    const address = symbolAddress(name);
    return address === null ? [] : [{ image: "libc.so.6", name, address, size: 0 }];
  });
}
