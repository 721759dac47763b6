/**
 * One workload in a process of its own, so that V8 compiles the allocator for it alone:
 * `main.js WORKLOAD PARAMETERS` with the parameters as JSON; prints the figures as JSON.
 */
import { randomMixed } from './random-mixed.js';
import { footprint, replay } from './replay.js';
import { singleCalls } from './single-calls.js';
import { attachMemory, attachTime, emptyHeapMemory } from './threads.js';
import { xmalloc } from './xmalloc.js';

type Figures = Record<string, number>;

/** By the names that bench/workloads.ts uses, which also chooses the parameters. */
const workloads: Record<string, (parameters: never) => Figures | Promise<Figures>> = {
  'random-mixed': randomMixed,
  xmalloc,
  replay,
  footprint,
  'attach-time': attachTime,
  'attach-memory': attachMemory,
  'empty-heap-memory': emptyHeapMemory,
  'single-calls': singleCalls,
};

const [name = '', parameters = '{}'] = process.argv.slice(2);
const workload = workloads[name];
if (workload === undefined) throw new Error(`no workload '${name}'`);
console.log(JSON.stringify(await workload(JSON.parse(parameters) as never)));
