// A service that hands what it is sent to C libraries, and outlives what they do with it:
//
//   node examples/embed/service.mjs 8080
//   curl --data hello localhost:8080/crc32        {"outcome":"returned",…,"reads":5,"writes":0,"result":907060870}
//   curl --data hello localhost:8080/abort        {"outcome":"crashed","signal":"SIGABRT",…}
//   curl --data hello localhost:8080/crc32        as before
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { tracedCall } from "./traced-call.mjs";

const ROUTES = {
  "/crc32": (bytes) => ({
    ...{ library: "libz.so.1", symbol: "crc32", result: "u64", bytes },
    args: (address) => [
      { type: "u64", value: 0 },
      { type: "ptr", value: address },
      { type: "u32", value: bytes.length },
    ],
  }),
  "/abort": (bytes) => ({
    ...{ library: "libc.so.6", symbol: "abort", result: "void", bytes },
    args: () => [],
  }),
};

const server = createServer(async (request, response) => {
  const route = ROUTES[request.url];
  const bytes = await buffer(request);
  let [status, answer] = [404, { error: "POST to /crc32 or /abort" }];
  if (route) {
    try {
      answer = await tracedCall(route(bytes));
      status = answer.outcome === "returned" ? 200 : 502;
    } catch (error) {
      [status, answer] = [500, { error: error.message }];
    }
  }
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(answer));
});

server.listen(Number(process.argv[2] ?? 8080), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.on("SIGTERM", () => server.close());
