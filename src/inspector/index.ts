/** The inspector: a page on loopback that shows sessions as they run. */

export type { HistoryLimits } from "./history.js";
export { type Inspector, type InspectorOptions, openInspector } from "./open-inspector.js";
