import { spawn } from "node:child_process";

it("leaves a child", () => {
  spawn("sleep", ["3600"], { stdio: "ignore" }).unref();
});
