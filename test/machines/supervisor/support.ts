import {
  type ChildSpec,
  HOST_PROGRAM,
  type HostCall,
  type Settled,
  type SupervisorEmitted,
  type SupervisorInput,
  supervisorMachine,
} from "ffiscope/machines";
import { type Actor, createActor } from "xstate";
import { compileFixture } from "../../support/fixtures.js";

export type SupervisorActor = Actor<typeof supervisorMachine>;

/** A host as a child. */
export function host(id: string, rest: Partial<ChildSpec> = {}): ChildSpec {
  return { id, start: HOST_PROGRAM, ...rest };
}

/** A child whose program exits with `code` as soon as it has started, or before it has. */
export function shortLived(id: string, code: number, rest: Partial<ChildSpec> = {}): ChildSpec {
  const script = 'process.kill(process.pid, "SIGSTOP"); process.exitCode = ';
  const args = ["-e", `${script}${code}`];
  return { id, start: { command: process.execPath, args }, ...rest };
}

/** A child that lives until a signal ends it; `ignores` SIGTERM, or ends well at one. */
export function idle(id: string, ignores: boolean, rest: Partial<ChildSpec> = {}): ChildSpec {
  const onTerm = ignores ? "() => {}" : "() => process.exit(0)";
  const script = `process.on("SIGTERM", ${onTerm}); process.kill(process.pid, "SIGSTOP"); setInterval(() => {}, 1e6)`;
  return { id, start: { command: process.execPath, args: ["-e", script] }, ...rest };
}

/** A call without arguments, of the fixture's library. */
export function call(symbol: string, ...args: HostCall["args"]): HostCall {
  const library = compileFixture("test/fixtures/scope/library.c", ["-shared", "-fPIC", "-O1"]);
  return { library, symbol, deep: true, result: "i32", args, fixedArgs: -1, resolve: [] };
}

/** A supervisor, what it has emitted, and promises of what it will. */
export class Supervised {
  readonly actor: SupervisorActor;
  readonly heard: SupervisorEmitted[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(input: SupervisorInput, options: Parameters<typeof createActor>[1] = {}) {
    this.actor = createActor(supervisorMachine, { input, ...(options as object) });
    this.actor.on("*", (emitted) => {
      this.heard.push(emitted);
      for (const look of [...this.#waiting]) look();
    });
    this.actor.subscribe(() => {
      for (const look of [...this.#waiting]) look();
    });
  }

  /** Of one type, in order; of one child, if given. */
  of<T extends SupervisorEmitted["type"]>(type: T, child?: string) {
    return this.heard.filter(
      (emitted): emitted is Extract<SupervisorEmitted, { type: T }> =>
        emitted.type === type && (child === undefined || emitted.child === child),
    );
  }

  /** Resolves when `condition` holds, which is looked at whenever something has happened. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Resolves when the child has come up for the `times`th time. */
  up(id: string, times = 1): Promise<void> {
    return this.until(() => this.of("started", id).length >= times);
  }

  ask(id: string, ref: string, asked: HostCall): void {
    this.actor.send({ type: "supervisor.call", id, request: { ref, call: asked } });
  }

  settled(ref: string): Settled | undefined {
    return this.of("settled").find((each) => each.ref === ref);
  }

  /** The states of the children, by id. */
  get states(): Record<string, string> {
    const { children } = this.actor.getSnapshot().context;
    return Object.fromEntries(children.map(({ spec, state }) => [spec.id, state]));
  }

  pidOf(id: string): number {
    const { children } = this.actor.getSnapshot().context;
    return children.find(({ spec }) => spec.id === id)!.pid!;
  }

  get isOver(): boolean {
    return this.actor.getSnapshot().status === "done";
  }

  async shutDown(): Promise<void> {
    this.actor.send({ type: "supervisor.shutdown" });
    await this.until(() => this.isOver);
  }
}
