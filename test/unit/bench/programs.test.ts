import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contendersOf } from '../../../bench/contender.js';
import { findPeers, PEER_NAMES } from '../../../bench/peers/index.js';
import type { NativePeer, ScriptPeer } from '../../../bench/peers/peer.js';
import { Toolchain } from '../../../bench/peers/toolchain.js';
import { workloads } from '../../../bench/workloads/index.js';
import { builtEntry, bundleBenchmarks } from '../../support/entry.js';

const run = promisify(execFile);
const child = fileURLToPath(builtEntry('../../../bench/child/main.ts', import.meta.url));
const toolchain = new Toolchain();
const folder = mkdtempSync(join(tmpdir(), 'hakmem-programs-'));
const { peers } = findPeers(PEER_NAMES, folder);
const native = peers.filter((peer): peer is NativePeer => peer.kind === 'native');
const script = peers.filter((peer): peer is ScriptPeer => peer.kind === 'script');

beforeAll(bundleBenchmarks);
afterAll(() => {
  toolchain[Symbol.dispose]();
  rmSync(folder, { recursive: true });
});

interface Program {
  readonly program: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly warmup: number;
  readonly turns: number;
}

const programs: readonly Program[] = [
  { program: 'random-mixed', parameters: { lo: 16, hi: 1024 }, warmup: 1000, turns: 5000 },
  { program: 'replace', parameters: { lo: 16, hi: 128, blocks: 700 }, warmup: 500, turns: 5000 },
  {
    program: 'large',
    parameters: { lo: 60_000, hi: 300_000, buffers: 9, fill: 1 },
    ...{ warmup: 10, turns: 300 },
  },
  {
    program: 'larson',
    parameters: { lo: 8, hi: 1000, chunks: 300, generation: 700 },
    ...{ warmup: 1000, turns: 5000 },
  },
  { program: 'mstress', parameters: { scale: 2 }, warmup: 1, turns: 3 },
  {
    program: 'xmalloc',
    parameters: { lo: 16, hi: 1024, batch: 100, depth: 3 },
    ...{ warmup: 5, turns: 40 },
  },
  {
    program: 'rptest',
    parameters: { lo: 8, hi: 16_000, blocks: 1000, operations: 100, cross: 2 },
    ...{ warmup: 20, turns: 60 },
  },
  { program: 'cache', parameters: { size: 5, writes: 7, scratch: 1 }, warmup: 10, turns: 2000 },
  { program: 'glibc-thread', parameters: {}, warmup: 1000, turns: 5000 },
];

interface Outcome {
  readonly figure: number;
  readonly checksum: number;
}

async function inScript(
  program: Program,
  threads: number,
  allocator: Pick<ScriptPeer, 'name' | 'file'>,
): Promise<Outcome> {
  const parameters = JSON.stringify({ ...program, threads, allocator, bytes: 2 ** 28 });
  const { stdout } = await run(process.execPath, ['--no-warnings', child, 'team', parameters]);
  return JSON.parse(stdout) as Outcome;
}

async function inC(
  { program, parameters, warmup, turns }: Program,
  threads: number,
  { preload }: NativePeer,
): Promise<Outcome> {
  const args = [threads, warmup, turns, ...Object.values(parameters)];
  const [command, ...words] = toolchain.command({ program, args });
  const env = { ...process.env, ...(preload === undefined ? {} : { LD_PRELOAD: preload }) };
  return JSON.parse((await run(command, words, { env })).stdout) as Outcome;
}

/** Contents are checked by the programs; hakmem's heap has to be empty and sound at the end. */
describe.each(programs)('$program', (program) => {
  it.each([1, 2])('decides the same on %i threads in JavaScript and in C', async (threads) => {
    const { figure, checksum } = await inScript(program, threads, { name: 'hakmem' });
    expect(figure).toBeGreaterThan(0);
    for (const peer of native) {
      expect({ peer: peer.name, sum: (await inC(program, threads, peer)).checksum }).toEqual({
        peer: peer.name,
        sum: checksum,
      });
    }
  });

  it('runs on every allocator in JavaScript', async () => {
    const { checksum } = await inScript(program, 1, { name: 'hakmem' });
    for (const peer of script) {
      const { checksum: theirs } = await inScript(program, 1, peer);
      expect({ peer: peer.name, sum: theirs }).toEqual({ peer: peer.name, sum: checksum });
    }
    // One instance a thread, and copies for what is handed over.
    const [first] = script.filter(({ name }) => name === 'Uint8Array');
    expect((await inScript(program, 2, first)).figure).toBeGreaterThan(0);
  });
});

describe('replay', () => {
  const replays = workloads([1]).filter(({ name }) => name.startsWith('replay/'));

  it.each(replays)(
    '$name runs on every allocator in JavaScript that it is for',
    async (workload) => {
      const { trace } = workload.child.parameters as { trace: string };
      for (const { name, file } of script) {
        if (!workload.script?.includes(name)) continue;
        const parameters = { trace, warmup: 0, passes: 1, allocator: { name, file } };
        const args = ['--no-warnings', child, 'replay', JSON.stringify(parameters)];
        const { figure } = JSON.parse((await run(process.execPath, args)).stdout) as Outcome;
        expect(figure, name).toBeGreaterThan(0);
      }
    },
  );
});

describe('replay-parallel', () => {
  const parameters = { trace: 'node-threads' };
  const program = { program: 'replay-parallel', parameters, warmup: 0, turns: 1 };

  it.each([1, 3])('frees every block on %i threads, as in C', async (threads) => {
    const { checksum } = await inScript(program, threads, { name: 'hakmem' });
    if (native.length === 0) return;
    const args = [threads, 0, 1, { trace: 'node-threads' }];
    const [command, ...words] = toolchain.command({ program: 'replay-parallel', args });
    const { stdout } = await run(command, words);
    expect((JSON.parse(stdout) as Outcome).checksum).toBe(checksum);
  });
});

describe('the floor', () => {
  it.each([1, 2])('runs loops without an allocator on %i threads', async (threads) => {
    for (const program of programs.filter(({ program }) => /random|large/.test(program))) {
      const { figure } = await inScript(program, threads, { name: 'floor' });
      expect(figure).toBeGreaterThan(0);
    }
  });

  it('takes part by its own name, in loops that read nothing back', () => {
    const { peers } = findPeers(['floor'], folder);
    const families = workloads([1])
      .filter((workload) => contendersOf(workload, peers, toolchain).length === 2)
      .map(({ name }) => name.split('/')[0]);
    expect(new Set(families)).toEqual(new Set(['random-mixed', 'large', 'replay']));
    expect(PEER_NAMES).not.toContain('floor');
  });
});
