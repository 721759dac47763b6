/** Points at which no scenario kills a thread, and why that loses nothing. */
import type { Point } from './instrument.mjs';

interface Reason {
  readonly file: string;
  readonly within: readonly string[];
  readonly kind?: Point['kind'];
  /** The calls that are meant, as the source has them; all of those within where left out. */
  readonly calls?: readonly string[];
  readonly why: string;
  /** Some seeds reach it: the peer has to meddle at one moment of many. */
  readonly byChance?: true;
}

export const UNREACHED: readonly Reason[] = [
  {
    file: 'src/base/sizeclass.ts',
    within: ['classSizes', 'runSlabs', 'cacheEntries', 'cacheCells', 'callback in the module'],
    why: 'runs while the module loads, before the thread knows any heap',
  },
  {
    file: 'src/base/geometry.ts',
    within: ['callback in the module'],
    why: 'an assertion about constants, while the module loads',
  },
  {
    file: 'src/base/cache-stack.ts',
    within: ['handedOut'],
    kind: 'back edge',
    why: 'reads two figures again that their owner changed in between; it writes nothing',
  },
  {
    file: 'src/base/config.ts',
    within: ['tier', 'setting'],
    why: 'runs while the module loads, before the thread knows any heap',
  },
  {
    file: 'src/base/requests.ts',
    within: ['optionsOf'],
    kind: 'call',
    calls: ['Object.keys(names)', "Object.keys(names).join(', ')"],
    why: 'looks at the names of options before anything is done with them',
  },
  {
    file: 'src/config.ts',
    within: ['find'],
    kind: 'call',
    calls: ['/^\\d+$/.test(variable)'],
    why: 'reads an environment variable, before the heap that is being made has a buffer',
  },
  {
    file: 'src/base/core.ts',
    within: ['bufferReaching'],
    kind: 'back edge',
    why: 'waits for the news that another thread grew a memory; it only reads',
  },
  {
    file: 'src/superslab/pool.ts',
    within: ['settleMask', 'settleAvailable'],
    why: 'one or two others have to change one slab meanwhile; it writes hints only, and the interleavings let threads die there',
    byChance: true,
  },
  {
    file: 'src/queue/spill.ts',
    within: ['settleBit'],
    kind: 'back edge',
    why: 'another thread has to change the slot within one turn; the interleavings let threads die there',
    byChance: true,
  },
  {
    file: 'src/superslab/bigcache.ts',
    within: ['forget'],
    why: 'others have to take the run and put it again meanwhile; the interleavings let threads die there',
    byChance: true,
  },
  {
    file: 'src/superslab/runcache.ts',
    within: ['claimOldest'],
    kind: 'back edge',
    why: 'taken where a run in the cache was freed by two threads at once, which no scenario does',
  },
  {
    file: 'src/superslab/runcache.ts',
    within: ['keptSlabs'],
    kind: 'back edge',
    why: 'adds up a figure; it writes nothing',
  },
  {
    file: 'src/route.ts',
    within: ['isKeptFree'],
    kind: 'back edge',
    why: 'looks through the run caches of others; it writes nothing',
  },
  {
    file: 'src/large/run.ts',
    within: ['runAround'],
    why: 'tells what is wrong with a number that is no block; it writes nothing',
  },
  {
    file: 'src/views.ts',
    within: ['blockView'],
    kind: 'call',
    calls: ['blocks.free(ptr)'],
    why: "taken where a view's constructor throws, which none of the language's own does; a free is killed at each of its points",
  },
  {
    file: 'src/threads.ts',
    within: ['noteHeap', 'forgetHeap', 'callback in forgetHeap'],
    why: 'a list of this thread alone: before its caches have anything, and after its record is free',
  },
  {
    file: 'src/threads.ts',
    within: ['startWatching'],
    why: "other heaps of this thread that watch the same worker: nothing of the scenario's heap",
  },
  {
    file: 'src/platform.ts',
    within: ['onThreadEnd'],
    why: 'once for each thread, before the heap has anything of the thread but its record',
  },
  {
    file: 'src/threads.ts',
    within: ['leave', 'leaveAll', 'the module'],
    why: 'the end of a thread that ends by itself: what they call is detach, and resume before it, which are killed at each of their points',
  },
];

/** The same of what the debug build has besides, in src/hardened. */
export const DEBUG_UNREACHED: readonly Reason[] = [
  {
    file: 'src/hardened/harden.ts',
    within: ['harden'],
    why: 'once for each thread, with its first heap, which is behind it in every run',
  },
  {
    file: 'src/hardened/quarantine.ts',
    within: ['shift'],
    kind: 'call',
    calls: ['this.blocks.slice(this.first)'],
    why: 'cuts a list of this thread alone, after a thousand blocks have left it',
  },
  {
    file: 'src/hardened/sites.ts',
    within: ['stackBelow'],
    kind: 'call',
    calls: ['new Error()'],
    why: 'engines without captureStackTrace, which Node has; it writes nothing',
  },
  {
    file: 'src/hardened/sites.ts',
    within: ['intern'],
    kind: 'back edge',
    why: 'two call sites have to begin at one slot of the table; a turn writes nothing',
    byChance: true,
  },
];

export function reasonFor(
  { file, within, kind, text }: Point,
  reasons: readonly Reason[] = UNREACHED,
): Reason | undefined {
  return reasons.find(
    (reason) =>
      reason.file === file &&
      reason.within.includes(within) &&
      (reason.kind ?? kind) === kind &&
      (reason.calls?.includes(text) ?? true),
  );
}
