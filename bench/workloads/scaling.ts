/** The same work with more and more live blocks, live bytes or threads. */
import { formatBytes, formatCount } from '../lib/units.js';
import { GIB, KIB, MIB, team, type Workload } from './workload.js';

const LIVE_BLOCKS = [256, 4096, 65_536, 2 ** 20, 2 ** 22];
const LIVE_BYTES = [MIB, 16 * MIB, 256 * MIB, 2 * GIB];
const THREADS = [1, 2, 4, 8, 16, 32, 64];
/** Of all threads together: with a tenth of it 64 threads would be measured as they wake up. */
const THREADS_TURNS = 320_000_000;

/** The range of `live-bytes` and its mean. */
const LARGE_RANGE = [4 * KIB, 32 * KIB] as const;
const LARGE_MEAN = (LARGE_RANGE[0] + LARGE_RANGE[1]) / 2;

export function liveBlocks(): Workload[] {
  return LIVE_BLOCKS.map((blocks) =>
    team({
      name: `live-blocks/${blocks}`,
      group: 'live-blocks: a random one of so many blocks of 16 to 128 bytes is replaced',
      program: 'replace',
      parameters: { lo: 16, hi: 128, blocks },
      ...{ threads: 1, warmup: 10_000_000, turns: 20_000_000 },
      bytes: 64 * MIB + blocks * 128,
    }),
  );
}

export function liveBytes(): Workload[] {
  return LIVE_BYTES.map((bytes) =>
    team({
      name: `live-bytes/${formatBytes(bytes).replace(/\.\d+ | /, '-')}`,
      group: 'live-bytes: a random one of blocks of 4 to 32 KiB, so many bytes in all, is replaced',
      program: 'replace',
      parameters: {
        ...{ lo: LARGE_RANGE[0], hi: LARGE_RANGE[1] - 1 },
        blocks: Math.floor(bytes / LARGE_MEAN),
      },
      ...{ threads: 1, warmup: 3_000_000, turns: 6_000_000 },
      bytes: Math.min(64 * MIB + bytes * 1.5, 3.5 * GIB),
    }),
  );
}

export function attachedThreads(): Workload[] {
  return THREADS.map((threads) => ({
    ...team({
      name: 'attached-threads/16-1024',
      group: 'attached-threads: random-mixed on so many threads at once, all together',
      program: 'random-mixed',
      parameters: { lo: 16, hi: 1024 },
      warmup: Math.max(4_000_000, Math.ceil(40_000_000 / threads)),
      ...{ threads, turns: THREADS_TURNS / threads },
      bytes: 64 * MIB + 8 * MIB * threads,
    }),
    name: `attached-threads/${formatCount(threads)}`,
  }));
}
