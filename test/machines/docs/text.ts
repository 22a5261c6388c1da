import { sessionMachine } from "ffiscope/machines";
import { eventName as nameIn } from "../../../dist/machines/chart/chart.js";

/** An event as a reader knows it; xstate's name for a timer says less. */
export function eventName(event: string): string {
  return nameIn(sessionMachine, event);
}

export function markdownTable(head: readonly string[], rows: readonly string[][]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
