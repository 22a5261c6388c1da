/**
 * As much as there is of one thing. Each flood takes how much of it there shall be, and calls
 * `sample(at)` as it goes, `at` counted in its own unit; `rest`: what it is looked at when nothing of
 * it is under way, so that what is left can be told from what is in use.
 */
import { Scope } from "../../dist/index.js";
import { build, removeBuild } from "../lib/build.mjs";
import { withHost } from "../lib/host.mjs";

const START_TIMEOUT_MS = 120_000;
const SAMPLES = 50;
const BYTES = Buffer.from("hello");
const GIB = 2 ** 30;

const open = (options) =>
  Scope.open({ startTimeout: START_TIMEOUT_MS, heapBytes: 2 ** 20, ...options });

async function crc32Of(scope) {
  const zlib = await scope.load("libz.so.1");
  return zlib.func("ulong crc32(ulong crc, const uint8_t *buf, uint len)");
}

async function session() {
  const scope = await open();
  try {
    const crc32 = await crc32Of(scope);
    await crc32(0, BYTES, BYTES.length);
  } finally {
    await scope.close();
  }
}

/** Calls `sample` so that there are about {@link SAMPLES} in all. */
const everySoOften = (count, sample) => (done) =>
  done % Math.ceil(count / SAMPLES) === 0 || done === count ? sample(done) : null;

export const FLOODS = {
  sessions: {
    count: 10_000,
    unit: "sessions, one after the other",
    async run(count, sample) {
      const look = everySoOften(count, sample);
      for (let done = 1; done <= count; done++) {
        await session();
        await look(done);
      }
    },
  },

  together: {
    count: 64,
    again: true, // malloc keeps what as many threads had
    unit: "sessions at once",
    async run(count, sample) {
      const scopes = [];
      let up = 0;
      const started = Array.from({ length: count }, async () => {
        const scope = await open();
        scopes.push(scope);
        const crc32 = await crc32Of(scope);
        await crc32(0, BYTES, BYTES.length);
        await sample(++up);
      });
      await Promise.all(started);
      await Promise.all(scopes.map((scope) => scope.close()));
    },
  },

  calls: {
    count: 100_000,
    unit: "calls in a session",
    async run(count, sample) {
      const look = everySoOften(count, sample);
      const scope = await open();
      try {
        const crc32 = await crc32Of(scope);
        for (let done = 1; done <= count; done++) {
          await crc32(0, BYTES, BYTES.length);
          await look(done);
        }
      } finally {
        await scope.close();
      }
    },
  },

  events: {
    count: 1e9,
    unit: "events, in calls of at most 10^8",
    async run(count, sample) {
      const built = build();
      try {
        await withHost(built, {}, async (host) => {
          for (let done = 0; done < count; ) {
            const { events } = await host.call("sweep", Math.min(1e8, count - done));
            if (events < Math.min(1e8, count - done)) throw new Error(`only ${events} events`);
            done += events;
            await sample(done);
          }
        });
      } finally {
        removeBuild(built);
      }
    },
  },

  heap: {
    count: 4,
    unit: "GiB of heap, written and read back",
    async run(count, sample) {
      const scope = await open({
        heapBytes: 2 ** Math.ceil(Math.log2(count * GIB + 1)),
        maxEvents: 1_000,
      });
      try {
        const libc = await scope.load("libc.so.6");
        const memset = libc.func("void *memset(void *s, int c, size_t n)");
        for (let done = 1; done <= count; done++) {
          const buffer = await scope.alloc(GIB);
          await memset(buffer, done, GIB);
          const last = (await buffer.read(GIB - 1, GIB))[0];
          if (last !== done) throw new Error(`the last byte is ${last}, not ${done}`);
          await sample(done);
        }
      } finally {
        await scope.close();
      }
    },
  },
};
