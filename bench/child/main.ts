/**
 * One workload in a process of its own, so that V8 compiles the allocator for it alone:
 * `main.js WORKLOAD PARAMETERS` with the parameters as JSON; prints the figures as JSON.
 */
import { footprint, replay } from './replay.js';
import { singleCalls } from './single-calls.js';
import { runTeam } from './team.js';
import { threadLife } from './thread-life.js';
import { attachMemory, attachTime, emptyHeapMemory } from './threads.js';

/** By the names that bench/workloads uses, which also chooses the parameters. */
const workloads: Record<string, (parameters: never) => object | Promise<object>> = {
  team: runTeam,
  replay,
  footprint,
  'thread-life': threadLife,
  'attach-time': attachTime,
  'attach-memory': attachMemory,
  'empty-heap-memory': emptyHeapMemory,
  'single-calls': singleCalls,
};

const [name = '', parameters = '{}'] = process.argv.slice(2);
const workload = workloads[name];
if (workload === undefined) throw new Error(`no workload '${name}'`);
console.log(JSON.stringify(await workload(JSON.parse(parameters) as never)));
