/** Memory of N uninitialised elements, made for one call: what it holds then is in `call.buffers`. */
export interface OutArgument {
  readonly kind: "out";
  /** In elements of what the pointer points to; in bytes for `void *`. */
  readonly length: number;
}

/**
 * `length` uninitialised elements for one call to write, where a pointer is due: `out:N` of the
 * command. For `void *`, and behind `...`, they are bytes.
 *
 * ```ts
 * const { buffers } = await compress(out(100), [100], "hello", 5);
 * buffers[0].content; // 100 bytes, as the call left them
 * ```
 */
export function out(length: number): OutArgument {
  return { kind: "out", length };
}

export function isOut(value: unknown): value is OutArgument {
  const { kind, length } = (value ?? {}) as Partial<OutArgument>;
  return kind === "out" && length !== undefined;
}

/** A value behind `...` with its type. */
export interface TypedArgument {
  readonly kind: "as";
  /** As C writes it: `double`, `unsigned long`, `int *`, `int[]`. */
  readonly type: string;
  readonly value: unknown;
}

/**
 * Says of which type a value behind `...` is, where no format does. C's promotions hold: a `float` is
 * passed as a double, what is narrower than an int as an int.
 *
 * ```ts
 * await log(as("double", 2), as("int[]", [1, 2]));
 * ```
 */
export function as(type: string, value: unknown): TypedArgument {
  return { kind: "as", type, value };
}

export function isTyped(value: unknown): value is TypedArgument {
  const { kind, type } = (value ?? {}) as Partial<TypedArgument>;
  return kind === "as" && type !== undefined;
}

/** Bytes, where `value` is some: a Buffer, any typed array, an ArrayBuffer. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  return value instanceof ArrayBuffer ? new Uint8Array(value) : null;
}
