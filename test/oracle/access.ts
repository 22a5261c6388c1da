/** An access to the heap, as either side tells of it. */
export interface Access {
  readonly kind: "read" | "write";
  readonly address: number;
  /** In bytes. */
  readonly size: number;
  /** Of the instruction. */
  readonly ip: number;
}

/** Part of the heap. */
export interface Span {
  readonly start: number;
  /** In bytes. */
  readonly size: number;
}

/** The bytes that accesses of `kind` touched: spans in order that do not touch each other. */
export function bytesOf(kind: Access["kind"], accesses: readonly Access[]): Span[] {
  const touched = accesses.filter((access) => access.kind === kind);
  return joined(touched.map(({ address, size }) => ({ start: address, size })));
}

/** The same bytes in order, each once. */
export function joined(spans: readonly Span[]): Span[] {
  const result: { start: number; size: number }[] = [];
  for (const { start, size } of spans.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (size === 0) continue;
    if (last && start <= last.start + last.size)
      last.size = Math.max(last.size, start + size - last.start);
    else result.push({ start, size });
  }
  return result;
}

/** What of `spans` lies in `others`. */
export function within(spans: readonly Span[], others: readonly Span[]): Span[] {
  const parts = spans.flatMap(({ start, size }) =>
    others.map((other) => {
      const from = Math.max(start, other.start);
      const to = Math.min(start + size, other.start + other.size);
      return { start: from, size: Math.max(0, to - from) };
    }),
  );
  return joined(parts);
}

/** `0x10000001000+8 0x10000003000+17`. */
export function spansText(spans: readonly Span[]): string {
  return spans.map(({ start, size }) => `0x${start.toString(16)}+${size}`).join(" ");
}
