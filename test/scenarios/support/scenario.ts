import { leased } from "./leased.js";

/** Scenarios at a time: a session waits for its processes most of its time. */
const WIDTH = 3;

export type Scenario = (name: string, body: () => Promise<void>) => void;

/**
 * A suite whose tests start ahead of their turn, {@link WIDTH} at a time. For scenarios that have
 * processes of their own and share nothing; their order is still that of the file. Each is run twice:
 * as it is, and where the tracer holds a lease of the line, see leased.ts.
 */
export function scenarios(title: string, define: (scenario: Scenario) => void): void {
  otherScenarios(title, define);
  suite(`${title}, behind calls that follow each other closely`, define, leased);
}

/** As {@link scenarios}, once: of a program that follows no script. */
export function otherScenarios(title: string, define: (scenario: Scenario) => void): void {
  suite(title, define, (body) => body());
}

function suite(
  title: string,
  define: (scenario: Scenario) => void,
  run: (body: () => Promise<void>) => Promise<void>,
): void {
  describe(title, () => {
    const bodies: (() => Promise<void>)[] = [];
    const started = new Map<number, Promise<void>>();

    function start(index: number): Promise<void> | undefined {
      const body = bodies[index];
      if (!body) return undefined;
      const known = started.get(index);
      if (known) return known;
      const running = run(body);
      running.catch(() => {}); // it is reported when its turn comes
      started.set(index, running);
      return running;
    }

    define((name, body) => {
      const index = bodies.push(body) - 1;
      it(name, () => {
        for (let ahead = 1; ahead < WIDTH; ahead++) queueMicrotask(() => start(index + ahead));
        return start(index);
      });
    });

    after(() => Promise.allSettled(started.values()));
  });
}
