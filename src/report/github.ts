import { callFaults } from "./call-faults.js";
import type { CallReport } from "./call-report.js";

/**
 * A workflow command of GitHub Actions for each thing that is wrong with a call, with its newline:
 * `::error title=ffiscope%3A const-write in libfoo.so::copy writes 2 bytes of src, which is const`.
 */
export function githubAnnotations(report: CallReport, library: string): string[] {
  return callFaults(report).map(({ kind, message }) => {
    const title = property(`ffiscope: ${kind} in ${library}`);
    return `::error title=${title}::${data(message)}\n`;
  });
}

/** As `escapeData` and `escapeProperty` of @actions/core have it (command.ts). */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
