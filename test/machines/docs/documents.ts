import { chartDocument } from "./chart.js";
import { matrixDocument } from "./matrix.js";

/** The files that are printed from the machine, by their path in the project. */
export const DOCUMENTS: readonly { readonly path: string; readonly text: () => string }[] = [
  { path: "docs/session.md", text: chartDocument },
  { path: "docs/protocol-matrix.md", text: matrixDocument },
];
