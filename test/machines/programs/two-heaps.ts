/** A client with extensions that announces two heaps, and as many more as are named; then it exits. */
import { mapHeap } from "../../../dist/native/memory/heap-mapping.js";
import { SIGSTOP } from "../../../dist/native/ptrace/signals.js";
import { raiseSignal } from "../../../dist/native/raise.js";
import { SupervisorChannel } from "../../../dist/tracee/channel.js";
import { takeLine } from "../../../dist/tracee/supervisor-line.js";

const more = Number(process.argv[2] ?? 0);
const line = takeLine();
raiseSignal(SIGSTOP);
const channel = new SupervisorChannel(line);
await channel.ask("Hello", { type: "Hello", version: 1, features: ["heap"] });
for (let i = 0; i < 2 + more; i++) {
  const { fd, guarded, backdoor, size } = mapHeap(2 ** 16);
  await channel.ask("Confirmation", { type: "Heap", fd, guarded, backdoor, size });
}
channel.close();
