import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type FindingKind, toHex } from "../model/index.js";
import { type CallFault, callFaults } from "./call-faults.js";
import type { CallReport } from "./call-report.js";

const SCHEMA =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** What each rule is about. */
const RULES: Readonly<Record<FindingKind | CallFault["kind"], string>> = {
  "out-of-bounds-read": "Reads bytes outside every buffer that the call was given",
  "out-of-bounds-write": "Writes bytes outside every buffer that the call was given",
  "use-after-free": "Uses bytes of a buffer after it was freed",
  "uninitialised-read": "Reads bytes that nobody wrote",
  "const-write": "Writes to a buffer that is const",
  crashed: "Ends the process by a signal",
  exited: "Ends the process",
  "timed-out": "Does not return in time",
  cancelled: "Was cancelled before it returned",
};

const IDS = Object.keys(RULES);

/** The findings of a call, and how it ended where it did not return, as SARIF 2.1.0. */
export function sarifLog(report: CallReport, library: string, version: string) {
  const uri = uriOf(library);
  const results = callFaults(report).map(({ kind, message, symbol, ip, count }) => ({
    ruleId: kind,
    ruleIndex: IDS.indexOf(kind),
    level: "error",
    message: { text: message },
    occurrenceCount: count,
    locations: [
      {
        physicalLocation: { artifactLocation: { uri, index: 0 } },
        logicalLocations: [
          {
            name: report.function,
            fullyQualifiedName: symbol ?? (ip === null ? report.function : toHex(ip)),
            kind: "function",
          },
        ],
      },
    ],
  }));
  const driver = {
    name: "ffiscope",
    version,
    rules: Object.entries(RULES).map(([id, text]) => ({
      id,
      shortDescription: { text },
      defaultConfiguration: { level: "error" },
    })),
  };
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [{ tool: { driver }, artifacts: [{ location: { uri } }], results }],
  };
}

/** A path is a file's; a soname is looked for by the dynamic linker, and stays as it is. */
function uriOf(library: string): string {
  return library.includes("/") ? pathToFileURL(resolve(library)).href : encodeURIComponent(library);
}
