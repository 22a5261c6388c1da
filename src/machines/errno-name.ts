/** For the rooms above, which do not reach native. */
export { nameOfErrno } from "../native/libc.js";
