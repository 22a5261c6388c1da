import type { Inspect } from "../machines/index.js";
import { checkOptions, type Finding, type OptionSpec } from "../model/index.js";
import { number, objectOf } from "../model/options.js";
import { chartSvg } from "./chart-svg.js";
import { DEFAULT_LIMITS, History, type HistoryLimits } from "./history.js";
import { Recorder } from "./recorder.js";
import { PageServer } from "./server.js";

export interface InspectorOptions {
  /** Of the page; 0, a free one, unless given. */
  readonly port?: number;
  /** How much of the past is kept: 10,000 entries and 32 MiB unless given. */
  readonly history?: Partial<HistoryLimits>;
}

const OPTIONS: OptionSpec<InspectorOptions> = {
  port: number({ least: 0, most: 65_535, whole: true }),
  history: objectOf({
    entries: number({ least: 1, whole: true, infinite: true }),
    bytes: number({ least: 1, infinite: true, unit: "bytes" }),
  } satisfies OptionSpec<HistoryLimits>),
};

/** A page, served on 127.0.0.1 alone, that shows every actor whose `inspect` is this one's. */
export interface Inspector {
  /** The page. Its path has a token, and without that nothing is served. */
  readonly url: string;
  readonly port: number;
  /** For `createActor(machine, { inspect })`, as often as there are actor systems to show. */
  readonly inspect: Inspect;
  /**
   * Marks what a call must not have done in its byte maps. False where the call is not one of the
   * last that were inspected.
   */
  addFindings(session: object, call: number, findings: readonly Finding[]): boolean;
  /** Resolves when a page has been open and all are closed. */
  readonly pageClosed: Promise<void>;
  /** Ends the server; open pages keep what they have and say that nothing more comes. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens an inspector. Nothing is opened or fetched besides: who wants the page opens `url`.
 *
 * @throws FfiscopeError INSPECTOR_PORT where the port cannot be had, UsageError INVALID_OPTION.
 * @example
 * const inspector = await openInspector();
 * console.error(inspector.url);
 * const session = createActor(sessionMachine, { input, inspect: inspector.inspect });
 * …
 * await inspector.close();
 */
export async function openInspector(options: InspectorOptions = {}): Promise<Inspector> {
  checkOptions(options, OPTIONS, "openInspector");
  const history = new History({ ...DEFAULT_LIMITS, ...options.history });
  const recorder = new Recorder(history);
  const svgs = new Map<number, string>();
  const server = new PageServer({
    history,
    chart(number) {
      const chart = recorder.charts[number];
      if (chart === undefined) return null;
      const svg = svgs.get(number) ?? chartSvg(chart);
      svgs.set(number, svg);
      return svg;
    },
  });
  await server.listen(options.port ?? 0);
  const { url, port, pageClosed } = server;
  let closing: Promise<void> | null = null;
  const close = () => {
    closing ??= server.close();
    return closing;
  };
  return {
    ...{ url, port, pageClosed, close, [Symbol.asyncDispose]: close },
    inspect: (inspection) => recorder.inspect(inspection),
    addFindings: (session, call, findings) => recorder.addFindings(session, call, findings),
  };
}
