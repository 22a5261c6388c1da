import { readFileSync } from "node:fs";
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
} from "node:http";
import { expect } from "chai";
import { type Inspector, openInspector } from "ffiscope/inspector";
import { assign, createActor, createMachine } from "xstate";

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe("the inspector's server", () => {
  let inspector: Inspector;
  let token: string;

  beforeEach(async () => {
    inspector = await openInspector();
    token = new URL(inspector.url).pathname.slice(1, -1);
  });
  afterEach(() => inspector.close());

  /** Of an event stream the head and the first message. */
  const ask = (path: string, headers: OutgoingHttpHeaders = {}, method = "GET") =>
    new Promise<Answer>((resolve, reject) => {
      const { port } = inspector;
      const asked = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        let body = "";
        response.setEncoding("utf8");
        const { statusCode: status = 0, headers: answered } = response;
        const done = () => resolve({ status, headers: answered, body });
        response.on("data", (text) => {
          body += text;
          if (!body.endsWith("\n\n") || !path.endsWith("events")) return;
          done();
          response.destroy();
        });
        response.on("end", done);
      });
      asked.on("error", reject);
      asked.end();
    });

  it("listens on 127.0.0.1 and nowhere else", () => {
    const port = inspector.port.toString(16).toUpperCase().padStart(4, "0");
    const listening = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) =>
      readFileSync(file, "utf8")
        .split("\n")
        .map((line) => line.trim().split(/\s+/))
        .filter(([, local, , state]) => local?.endsWith(`:${port}`) && state === "0A")
        .map(([, local]) => local),
    );
    expect(listening).to.deep.equal([`0100007F:${port}`]);
    expect(new URL(inspector.url).hostname).to.equal("127.0.0.1");
  });

  it("has another token each time, of 192 bits", async () => {
    const other = await openInspector();
    await other.close();
    expect(token).to.match(/^[\w-]{32}$/);
    expect(other.url).to.not.include(token);
  });

  describe("without its token refuses, with 403,", () => {
    const paths = ["/", "/events", "/page/app.js", "/charts/0.svg", "/timeline.js", "/nothing"];
    for (const path of paths) {
      it(path, async () => {
        const { status, body } = await ask(path);
        expect(status).to.equal(403);
        expect(body).to.match(/^403: open the page by the URL that ffiscope printed/);
      });
    }

    it("also with another token, with a part of it, and with it elsewhere", async () => {
      const other = "A".repeat(32);
      const wrong = [`/${other}/`, `/${other}/events`, `/${token.slice(0, -1)}/`, `/${token}x/`];
      for (const path of [...wrong, `/${token}`, `/?token=${token}`, `/events?${token}`]) {
        expect((await ask(path)).status, path).to.equal(403);
      }
    });

    it("every method, and an upgrade to a WebSocket", async () => {
      for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "HEAD"]) {
        expect((await ask("/", {}, method)).status, method).to.equal(403);
      }
      const key = {
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
      };
      const upgrade = { Connection: "Upgrade", Upgrade: "websocket", ...key };
      expect((await ask("/events", upgrade)).status).to.equal(403);
    });
  });

  describe("with its token", () => {
    const cases: readonly [what: string, path: string, type: string, content: RegExp][] = [
      ["the page", "", "text/html; charset=utf-8", /^<!doctype html>/],
      ["its program", "page/app.js", "text/javascript; charset=utf-8", /EventSource/],
      ["its styles", "page/chart.css", "text/css; charset=utf-8", /\.state\.lit/],
      ["the history", "events", "text/event-stream", /^event: opening\ndata: \{"past":\[\]/],
    ];
    for (const [what, path, type, content] of cases) {
      it(`serves ${what}`, async () => {
        const { status, headers, body } = await ask(`/${token}/${path}`);
        expect({ status, type: headers["content-type"] }).to.deep.equal({ status: 200, type });
        expect(body).to.match(content);
        expect(headers["content-security-policy"]).to.match(
          /^default-src 'none'; script-src 'self'/,
        );
        expect(headers["referrer-policy"]).to.equal("no-referrer");
        expect(headers["access-control-allow-origin"]).to.equal(undefined);
      });
    }

    it("refuses a request that another name led here (DNS rebinding)", async () => {
      const { port } = inspector;
      const names = ["evil.example", `evil.example:${port}`, "127.0.0.1", `127.0.0.1:${port + 1}`];
      for (const Host of [...names, `127.0.0.1:${port}.evil.example`]) {
        expect((await ask(`/${token}/`, { Host })).status, Host).to.equal(403);
      }
      const { status } = await ask(`/${token}/`, { Host: `localhost:${port}` });
      expect(status).to.equal(200);
    });

    it("refuses a request of another origin's page", async () => {
      const Origin = "http://evil.example";
      expect((await ask(`/${token}/events`, { Origin })).status).to.equal(403);
      const own = new URL(inspector.url).origin;
      expect((await ask(`/${token}/events`, { Origin: own })).status).to.equal(200);
    });

    it("is only read: 405 for what would write", async () => {
      expect((await ask(`/${token}/`, {}, "POST")).status).to.equal(405);
    });

    it("serves no other file, wherever a path leads", async () => {
      const paths = ["package.json", "page/../server.js", "%2e%2e/server.js", "page/app.js.map"];
      for (const path of [...paths, "//etc/passwd", "charts/0.svg", "charts/-1.svg"]) {
        expect((await ask(`/${token}/${path}`)).status, path).to.equal(404);
      }
    });
  });

  it("takes the port that it is given, and says where one is taken", async () => {
    try {
      await openInspector({ port: inspector.port });
      expect.fail("the port was had twice");
    } catch (error) {
      expect(error).to.deep.include({ code: "INSPECTOR_PORT" });
    }
  });

  it("has a bounded history for its only buffer: a page that stops reading starts anew", async () => {
    const small = await openInspector({ history: { entries: 50 } });
    try {
      const response = await new Promise<IncomingMessage>((resolve) => {
        const { port, url } = small;
        const path = `${new URL(url).pathname}events`;
        request({ host: "127.0.0.1", port, path }, resolve).end();
      });
      response.pause();
      const machine = createMachine({
        context: { turns: 0, ballast: Array(40).fill("x".repeat(400)) },
        on: { turn: { actions: assign({ turns: ({ context }) => context.turns + 1 }) } },
      });
      const actor = createActor(machine, { inspect: small.inspect }).start();
      for (let turn = 0; turn < 2000; turn++) {
        actor.send({ type: "turn" });
        await new Promise((resolve) => setImmediate(resolve)); // the stream writes in turns
      }
      const told = await messagesUntil(response, ({ context }) => context?.turns === 2000);
      const openings = told.filter(({ event }) => event === "opening");
      expect(openings.length).to.be.within(2, 5);
      let next = 0;
      for (const { event, data } of told) {
        if (event === "opening") next = data.first;
        else for (const { seq } of data.entries) expect(seq).to.equal(next++);
      }
      actor.stop();
      response.destroy();
    } finally {
      await small.close();
    }
  });

  it("closes, also with a stream open that nobody reads", async () => {
    const { status } = await new Promise<{ status: number }>((resolve) => {
      const path = `/${token}/events`;
      request({ host: "127.0.0.1", port: inspector.port, path }, (response) => {
        response.on("error", () => {});
        resolve({ status: response.statusCode! });
      }).end();
    });
    expect(status).to.equal(200);
    await inspector.close();
    await inspector.close(); // once more is no harm
  });
});

interface Message {
  readonly event: string;
  readonly data: { readonly first: number; readonly entries: readonly SentEntry[] };
}

interface SentEntry {
  readonly seq: number;
  readonly context?: { readonly turns: number };
}

/** What an event stream sends, until an entry comes that is the last. */
async function messagesUntil(
  stream: IncomingMessage,
  isLast: (entry: SentEntry) => boolean,
): Promise<Message[]> {
  const messages: Message[] = [];
  let text = "";
  for await (const chunk of stream.setEncoding("utf8").iterator({ destroyOnReturn: false })) {
    text += chunk;
    const whole = text.split("\n\n");
    text = whole.pop()!;
    for (const one of whole) {
      const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(one)!;
      messages.push({ event: event!, data: JSON.parse(data!) });
    }
    if (messages.at(-1)?.data.entries?.some(isLast)) break;
  }
  return messages;
}
