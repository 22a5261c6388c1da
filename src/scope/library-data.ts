import { inspect } from "node:util";
import type { Declarations } from "../prototype/index.js";
import {
  isOpen,
  type Layout,
  layoutErrors,
  layoutOf,
  layoutOfDeclared,
  type TypeSpec,
} from "../values/index.js";
import type { DataRequest } from "./symbol-address.js";

/** Who has the data of a library: a scope. */
export interface DataHolder {
  /** Where it is now. */
  locate(request: DataRequest): Promise<bigint>;
  readData(request: DataRequest): Promise<unknown>;
  writeData(request: DataRequest, value: unknown): Promise<void>;
}

/**
 * Data that a library exports. It is read and written between calls; after a crash it is that of the
 * library that was loaded anew. All reject with SYMBOL_NOT_FOUND where there is none.
 */
export class LibraryData<T = unknown> {
  constructor(
    private readonly holder: DataHolder,
    private readonly request: DataRequest,
  ) {}

  [inspect.custom](): string {
    return `LibraryData ${this.name} of ${this.request.library} (${this.size} bytes)`;
  }

  get name(): string {
    return this.request.name;
  }

  /** In bytes. */
  get size(): number {
    return this.request.layout.size;
  }

  /** Where native code has it: can be given to a call. */
  address(): Promise<bigint> {
    return this.holder.locate(this.request);
  }

  /** What it holds: integers past 2^53 and addresses as BigInt, NULL as null. */
  value(): Promise<T> {
    return this.holder.readData(this.request) as Promise<T>;
  }

  /** Writes `value`. What it points to is laid out in the traced heap, until the next is written. */
  write(value: unknown): Promise<void> {
    return this.holder.writeData(this.request, value);
  }
}

/** Throws UsageError where no memory can be laid out for `type`. */
export function dataOf<T>(
  holder: DataHolder,
  library: { readonly library: string; readonly deep: boolean },
  name: string,
  {
    type,
    declarations,
  }: { readonly type: TypeSpec | undefined; readonly declarations: Declarations },
): LibraryData<T> {
  if (type === undefined) {
    const declared = declarations.data(name);
    return new LibraryData(holder, {
      ...library,
      name: declared.symbol,
      layout: fixed(layoutOfDeclared(declared.type, name), name),
    });
  }
  const layout = fixed(layoutOf(type, declarations.names), name);
  return new LibraryData(holder, { ...library, name, layout });
}

function fixed(layout: Layout, name: string): Layout {
  if (isOpen(layout)) throw layoutErrors.noLength(name);
  return layout;
}
