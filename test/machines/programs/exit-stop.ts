/** Traces a program up to its exit stop, does not answer that, and ends it as a tracer that has failed. */

import type { Tid } from "../../../dist/model/index.js";
import { spawnBehindGate } from "../../../dist/native/launch/spawn.js";
import { resume, seize } from "../../../dist/native/ptrace/ptrace.js";
import { StopQueue } from "../../../dist/native/ptrace/stops.js";
import { endTracee } from "../../../dist/workers/tracer/end-tracee.js";

const request = { program: "true", args: [], env: {}, inherit: [], stdoutToStderr: false };
const child = spawnBehindGate(request);
const stops = new StopQueue();
seize(child.pid as number as Tid);
child.open();
for (let stop = stops.next(); stop?.kind !== "exiting"; stop = stops.next()) {
  resume(stop!.tid, "continue");
}
console.log(JSON.stringify({ ...endTracee(child.pid, [], stops), tid: null }));
