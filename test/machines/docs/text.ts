import { sessionMachine } from "ffiscope/machines";

/** An event as a reader knows it; xstate's name for a timer says less. */
export function eventName(event: string): string {
  const [, after, delay] = /^xstate\.(after)\.([^.]+)\./.exec(event) ?? [];
  if (after === undefined) return event;
  const ms = (sessionMachine.implementations.delays as Record<string, unknown>)[delay!];
  return `after ${ms} ms`;
}

export function markdownTable(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
