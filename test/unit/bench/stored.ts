/** Small stored runs for the tests of the report. */
import { FORMAT, type Result, type StoredRun } from '../../../bench/results.js';

export function storedResult(name: string, figures: Result['figures']): Result {
  return {
    name,
    group: `${name.split('/')[0]}: a group`,
    unit: 'M operations/s',
    threads: Number(/@(\d+)$/.exec(name)?.[1] ?? 1),
    parameters: { lo: 16, hi: 1024 },
    targets: [],
    compared: true,
    date: '2026-01-01T00:00:00.000Z',
    figures,
    own: {},
    courses: {},
    failures: {},
  };
}

export function storedRun(results: readonly Result[], node = 'v20.0.0'): StoredRun {
  return {
    format: FORMAT,
    machine: {
      cpu: 'a CPU',
      cores: 2,
      memoryBytes: 2 ** 33,
      system: 'Linux 6',
      node,
      v8: '11',
      hakmem: '0.1.0',
      versions: { glibc: 'glibc 2.36' },
    },
    results,
  };
}
