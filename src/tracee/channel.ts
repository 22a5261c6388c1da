import { Socket } from "node:net";
import {
  type ChildMessage,
  decodeSupervisorMessage,
  encodeChildMessage,
  FRAME_LIMIT,
  FrameReader,
  frame,
  type SupervisorMessage,
} from "../ipc/index.js";
import { FfiscopeError } from "../model/index.js";

/** What is waited for; a call's events come as one of two messages. */
type AnswerType = "Confirmation" | "events" | "Hello";
type Answer<T extends AnswerType = AnswerType> = Extract<
  SupervisorMessage,
  { type: T extends "events" ? "MemEvents" | "SharedEvents" : T }
>;
export type Request = Exclude<SupervisorMessage, Answer>;

interface Waiter {
  readonly type: AnswerType;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** The tracee's end of the line to its supervisor. It keeps the process alive only while it waits. */
export class SupervisorChannel {
  readonly #socket: Socket;
  readonly #frames = new FrameReader(FRAME_LIMIT);
  readonly #waiting: Waiter[] = [];
  #onRequest: ((request: Request) => void) | null = null;
  /** The process stays alive for requests. */
  #isServing = false;
  /** Requests that came before anyone served them. */
  readonly #early: Request[] = [];
  #lost: Error | null = null;

  constructor(fd: number) {
    this.#socket = new Socket({ fd, readable: true, writable: true });
    this.#socket.on("data", (chunk) => this.#bytes(chunk));
    this.#socket.on("close", () => this.#lose(supervisorLost()));
    this.#socket.on("error", () => {}); // "close" follows
    this.#socket.unref();
  }

  /** Sends a message that is not answered. It is on its way when this returns. */
  post(message: ChildMessage): void {
    this.#socket.write(frame(encodeChildMessage(message)));
  }

  /**
   * Sends `message`, if any, and waits for the next answer of that type. Answers of one type come in
   * the order of the requests; an override's Confirmation may come before or after the MemEvents of a
   * call that is ending.
   */
  ask<T extends AnswerType>(type: T, message: ChildMessage | null): Promise<Answer<T>> {
    if (this.#lost) return Promise.reject(this.#lost);
    if (message) this.post(message);
    this.#socket.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ type, resolve: resolve as (answer: Answer) => void, reject });
    });
  }

  /** Serves the supervisor's own requests; the process stays alive for them. */
  serve(onRequest: (request: Request) => void): void {
    this.#isServing = true;
    this.#socket.ref();
    this.listen(onRequest);
  }

  /** As {@link serve}, without staying alive for it. */
  listen(onRequest: (request: Request) => void): void {
    this.#onRequest = onRequest;
    for (const request of this.#early.splice(0)) onRequest(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  /** What cannot be read, or was not asked for, ends the line: where it stands is not known. */
  #bytes(chunk: Uint8Array): void {
    try {
      for (const payload of this.#frames.push(chunk)) this.#message(payload);
    } catch (error) {
      if (!(error instanceof FfiscopeError)) throw error;
      this.#lose(error);
      this.#socket.destroy();
    }
    if (this.#waiting.length === 0 && !this.#isServing) this.#socket.unref();
  }

  #message(payload: Uint8Array): void {
    const message = decodeSupervisorMessage(payload);
    if (isRequest(message)) this.#request(message);
    else this.#answer(message);
  }

  #answer(answer: Answer): void {
    const isEvents = answer.type === "MemEvents" || answer.type === "SharedEvents";
    const awaited = isEvents ? "events" : answer.type;
    const index = this.#waiting.findIndex(({ type }) => type === awaited);
    const [waiter] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (!waiter) throw unexpectedAnswer(answer);
    waiter.resolve(answer);
  }

  #request(request: Request): void {
    if (this.#onRequest) this.#onRequest(request);
    else this.#early.push(request);
  }

  #lose(why: FfiscopeError): void {
    this.#lost ??= why;
    for (const { reject } of this.#waiting.splice(0)) reject(this.#lost);
  }
}

const REQUESTS: ReadonlySet<string> = new Set(["Call", "Load", "Exit", "Resolve", "Findings"]);

function isRequest(message: SupervisorMessage): message is Request {
  return REQUESTS.has(message.type);
}

function supervisorLost(): FfiscopeError {
  return new FfiscopeError({
    code: "SUPERVISOR_LOST",
    message: "the line to the supervisor is closed",
  });
}

function unexpectedAnswer({ type }: Answer): FfiscopeError {
  return new FfiscopeError({
    code: "UNEXPECTED_ANSWER",
    message: `the supervisor sent ${type}, which nothing had asked for`,
  });
}
