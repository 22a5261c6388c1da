export { Pool, type PoolOptions, type TaskOptions } from "./pool.js";
export type { Distribution, PoolStats } from "./pool-stats.js";
