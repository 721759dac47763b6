import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReplayResult } from '../../bench/replay/run.js';
import { builtEntry, bundleBenchmarks } from '../support/entry.js';
import { encodeTrace, free, malloc, realloc, type TraceEvent } from '../support/trace-encoder.js';

const program = fileURLToPath(builtEntry('../../bench/replay/main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hakmem-replay-'));

beforeAll(bundleBenchmarks);
afterAll(() => rmSync(folder, { recursive: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function replay(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

async function replayed(...args: string[]): Promise<ReplayResult> {
  const { code, stdout, stderr } = await replay(...args, '--json');
  expect(code, stderr + stdout).toBe(0);
  return JSON.parse(stdout) as ReplayResult;
}

function traceFile(name: string, contents: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

/** Four threads that pass every block on: the next one moves it, the one after that frees it. */
function relay(rounds: number): TraceEvent[] {
  return Array.from({ length: rounds }, (_, round) => {
    const [slot, thread] = [round % 50, round % 4];
    return [
      malloc(slot, round % 3000, thread),
      realloc(slot, (round * 7) % 5000, (thread + 1) % 4),
      free(slot, (thread + 2) % 4),
    ];
  }).flat();
}

describe('a replay', () => {
  it('of a real program hands over the share of frees that was asked for', async () => {
    const result = await replayed('--trace', 'sqlite', '--handover', '0.25', '--seed', '5');
    const [sqlite] = result.traces;
    expect(result).toMatchObject({ ok: true, problems: [] });
    expect(sqlite).toMatchObject({ name: 'sqlite', events: 251_714, blocksLeft: 0, workers: 1 });
    expect(sqlite.handedOver / 125_829).toBeCloseTo(0.25, 1);
    expect(sqlite.remoteFrees + result.helpers!.remoteFrees).toBeGreaterThan(0);
    expect(result.helpers!.received).toBe(sqlite.handedOver);
    expect(sqlite.peakLiveBytes).toBeGreaterThanOrEqual(4_362_050);
    expect(result.heap.peakLiveBytes).toBe(sqlite.peakLiveBytes);
    expect(result.heap.peakSlabBytesInUse).toBeGreaterThan(result.heap.peakLiveBytes);
    expect(result.heap.blocksLeft).toBe(0);
  });

  it('without hand-over has the peak that was recorded', async () => {
    const { traces } = await replayed('--trace', 'sqlite', '--workers', '1', '--handover', '0');
    expect(traces[0]).toMatchObject({ peakLiveBytes: 4_362_050, handedOver: 0, blocksLeft: 0 });
  });

  it('says why its peak is above the recorded one where blocks were handed over, and there only', async () => {
    const path = traceFile('peaks.trace', encodeTrace(relay(500)));
    const handing = await replay('--trace', path, '--workers', '2', '--handover', '1');
    expect(handing.stderr).toMatch(/peaks \(recorded peak /);
    expect(handing.stdout).toMatch(/handed over lives until/);
    const without = await replay('--trace', path, '--handover', '0');
    expect(without.stdout).not.toMatch(/handed over lives until/);
  });

  it('keeps the recorded threads and their order, on as many workers or on fewer', async () => {
    const path = traceFile('relay.trace.gz', gzipSync(encodeTrace(relay(4000))));
    for (const [workers, own] of [
      ['1', 1],
      ['3', 3],
      ['4', 4],
      ['6', 4],
    ] as const) {
      const share = workers === '1' ? '0' : '1';
      const result = await replayed('--trace', path, '--workers', workers, '--handover', share);
      expect(result.traces[0]).toMatchObject({ recordedThreads: 4, workers: own, blocksLeft: 0 });
      expect(result.traces[0].handedOver).toBe(share === '1' ? 4000 : 0);
    }
  });

  it('takes several traces in one heap at the same time, and a table tells of each', async () => {
    const path = traceFile('mine.trace', encodeTrace(relay(500)));
    const { code, stdout } = await replay('--trace', path, 'sqlite', '--workers', '3');
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/mine .*\n.*\n.*sqlite/);
    expect(stdout).toMatch(/share one heap/);
    expect(stdout).toMatch(/verify: ok/);
  });

  it('starts with --max where that is less than the usual initial size', async () => {
    const path = traceFile('small.trace', encodeTrace(relay(500)));
    const result = await replayed('--trace', path, '--max', '15MiB');
    expect(result.heap.capacityBytes).toBeLessThanOrEqual(15 * 2 ** 20);
  });

  it('frees what a trace leaves', async () => {
    const left = Array.from({ length: 300 }, (_, slot) => malloc(slot, slot * 200));
    const result = await replayed('--trace', traceFile('left.trace', encodeTrace(left)));
    expect(result.traces[0].blocksLeft).toBe(0);
    expect(result.heap.blocksLeft).toBe(0);
  });
});

describe('a replay fails', () => {
  it('with exit code 1 when the heap is exhausted, in every worker', async () => {
    const path = traceFile('large.trace', encodeTrace([malloc(0, 100), malloc(1, 2 ** 30)]));
    const { code, stdout } = await replay('--trace', path, 'sqlite', '--max', '64MiB');
    expect(code).toBe(1);
    expect(stdout).toMatch(/exhausted at large event 1 \(1073741824 bytes\)/);
  });

  it.each([
    ['a broken trace', ['--trace', 'BROKEN'], /broken\.trace: event 0 at byte 32/],
    ['a trace that is not there', ['--trace', 'nothing'], /nothing: cannot be read/],
    ['too few workers', ['--workers', '2'], /too few/],
    ['nobody to hand over to', ['--trace', 'sqlite', '--workers', '1'], /--handover 0/],
    ['a share over 1', ['--handover', '1.01'], /from 0 to 1/],
    ['a worker count that is no number', ['--workers', 'many'], /whole number/],
    ['a size that is none', ['--heap', 'big'], /size such as/],
    ['more heap than it may grow to', ['--heap', '2GiB', '--max', '1GiB'], /more than --max/],
    [
      'a size that no heap can have',
      ['--trace', 'sqlite', '--max', '64GiB'],
      /'--max <size>'.* up to 4GiB/,
    ],
    ['an unknown option', ['--nothing'], /unknown option/],
  ])('with exit code 2 for %s', async (_, args, message) => {
    const broken = traceFile('broken.trace', encodeTrace([free(0)]));
    const { code, stderr, stdout } = await replay(
      ...args.map((arg) => (arg === 'BROKEN' ? broken : arg)),
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
  });
});

it('--help tells every option', async () => {
  const { code, stdout } = await replay('--help');
  expect(code).toBe(0);
  for (const option of ['trace', 'workers', 'handover', 'seed', 'heap', 'max', 'json']) {
    expect(stdout).toContain(`--${option}`);
  }
});
