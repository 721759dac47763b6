/**
 * `child.js LOOP`: runs a loop until V8 has compiled it for good. The promises' queue calls the
 * functions, so that V8 finds no caller to write them into.
 */
import { Heap } from '../../src/index.js';
import { isLoop, type Loop, LOOPS, TURNS } from './loops.js';

/** V8 goes by the calls of a function and by its length, and the hot ones are short. */
const CALLS = 150_000;
const BYTES = 64 * 2 ** 20;

const [name = ''] = process.argv.slice(2);
if (!isLoop(name)) throw new Error(`no loop '${name}'`);
const loop: Loop = LOOPS[name];
const heap = Heap.create({ initialBytes: loop.grown ? BYTES / 8 : BYTES, maximumBytes: BYTES });
if (loop.grown) heap.free(heap.malloc(BYTES / 4));
const calls = loop.start(heap, new Uint32Array(TURNS));
const steps = [calls.before, calls.hot, calls.after].filter((step) => step !== undefined);
for (let i = 0; i < CALLS; i++) {
  for (const step of steps) await Promise.resolve().then(step);
}
