import { execFileSync } from "node:child_process";

it("leaves a process whose parent is gone", () => {
  execFileSync("sh", ["-c", "sleep 3600 >/dev/null 2>&1 &"]);
});
