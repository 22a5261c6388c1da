import { STRUCT } from "../table/structs.js";
import { holder } from "./holder.js";

/** struct sock_fprog, linux/filter.h: `u16 len`, and a pointer to that many instructions. */
export const filterProgram = holder({
  ...{ size: STRUCT.sock_fprog, pointer: 8, direction: "read" },
  length: (bytes) => bytes.readUInt16LE(0) * STRUCT.sock_filter,
});
