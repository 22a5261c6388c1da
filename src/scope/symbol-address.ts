import { parsePrototype } from "../prototype/index.js";
import { checkArguments, type Layout } from "../values/index.js";
import { scopeErrors } from "./errors.js";
import type { Host } from "./host.js";
import { makeCall } from "./make-call.js";
import type { ScopeHeap } from "./scope-heap.js";

/** Data of a library. */
export interface DataRequest {
  readonly library: string;
  readonly deep: boolean;
  readonly name: string;
  readonly layout: Layout;
}

const DLOPEN = parsePrototype("void *dlopen(const char *name, int flags)");
const DLSYM = parsePrototype("void *dlsym(void *handle, const char *name)");

// dlfcn.h
const RTLD_LAZY = 1;
const RTLD_NOLOAD = 4;
const RTLD_DEFAULT = null;

/** What the host's program was started with. Its copies of their data (R_X86_64_COPY) are the ones in use. */
const STARTED_WITH = /^(?:lib(?:c|m|dl|rt|pthread|gcc_s|stdc\+\+)|ld-linux-x86-64)\.so\.\d+$/;

/**
 * Where the data is that the library itself uses. Throws FfiscopeError SYMBOL_NOT_FOUND, and what keeps
 * the library from being loaded.
 */
export async function symbolAddress(
  host: Host,
  heap: ScopeHeap,
  { library, deep, name }: DataRequest,
): Promise<bigint> {
  await host.load({ library, deep });
  const call = async (signature: typeof DLOPEN, ...values: unknown[]) => {
    const request = { library: "libc.so.6", deep: true, signature };
    const args = checkArguments(heap.rules, signature, values);
    return (await makeCall(host, heap, { request, args })).result as bigint | null;
  };
  const isShared = !deep || STARTED_WITH.test(library.slice(library.lastIndexOf("/") + 1));
  const first = isShared ? await call(DLSYM, RTLD_DEFAULT, name) : null;
  if (first !== null) return first;
  const handle = await call(DLOPEN, library, RTLD_LAZY | RTLD_NOLOAD);
  const found = handle === null ? null : await call(DLSYM, handle, name);
  if (found === null) throw scopeErrors.noData(library, name);
  return found;
}
