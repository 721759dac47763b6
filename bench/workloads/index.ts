/** What `npm run bench` measures, with the same parameters for JavaScript and C. */
import { attachedThreads, liveBlocks, liveBytes } from './scaling.js';
import { cache, glibcThread, larson, mstress, rptest, xmalloc } from './servers.js';
import { cold, large, mallocLarge, randomMixed } from './sizes.js';
import { threadCosts } from './threads.js';
import { footprints, parallelReplays, replays } from './traces.js';
import type { Workload } from './workload.js';

const EACH_THREAD_COUNT = [
  randomMixed,
  large,
  larson,
  mstress,
  xmalloc,
  rptest,
  cache,
  glibcThread,
  parallelReplays,
];

/** Every workload; those that can, once for each number of threads. */
export function workloads(threadCounts: readonly number[]): Workload[] {
  const several = EACH_THREAD_COUNT.flatMap((make) =>
    byFamily(threadCounts.flatMap((threads) => make(threads))),
  );
  return [
    ...several,
    ...cold(),
    ...mallocLarge(),
    ...replays(),
    ...footprints(),
    ...liveBlocks(),
    ...liveBytes(),
    ...attachedThreads(),
    ...threadCosts(),
  ];
}

/** The parts of a workload in their order, each with one thread before it has two. */
function byFamily(all: Workload[]): Workload[] {
  return [...new Set(all.map(({ name }) => baseName(name)))].flatMap((base) =>
    all.filter(({ name }) => baseName(name) === base),
  );
}

/** A workload's name without the number of threads. */
export function baseName(name: string): string {
  return name.replace(/@\d+$/, '');
}

/** Workloads whose name is given or begins with a given word; all when none is given. */
export function chooseWorkloads(all: readonly Workload[], names: readonly string[]): Workload[] {
  if (names.length === 0) return [...all];
  const wanted = (workload: Workload, name: string) =>
    workload.name === name || `${baseName(workload.name)}/`.startsWith(`${name}/`);
  for (const name of names) {
    if (!all.some((workload) => wanted(workload, name))) {
      const known = [...new Set(all.map((workload) => workload.name.split('/')[0]))];
      throw new RangeError(`no workload '${name}'; there are ${known.join(', ')} and their parts`);
    }
  }
  return all.filter((workload) => names.some((name) => wanted(workload, name)));
}
