/**
 * What a run found, as it is printed, stored, compared and drawn. A stored run holds every round, so
 * that a report can be made of it later, and takes in workloads that are measured again.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { CommandError, readJson } from './lib/command-error.js';
import type { Target, Unit } from './workloads/workload.js';

export const FORMAT = 'hakmem-bench-1';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  readonly hakmem: string;
  /** Of the C library and the preloaded ones, as far as they say. */
  readonly versions: Readonly<Record<string, string>>;
}

/** Figures in the course of time, at equal distances. */
export interface Course {
  readonly used: readonly number[];
  readonly live?: readonly number[];
}

export interface Result {
  readonly name: string;
  readonly group: string;
  readonly unit: Unit;
  readonly threads: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly targets: readonly Target[];
  /** Whether peers can do the work too. */
  readonly compared: boolean;
  /** When it was measured, in ISO 8601. */
  readonly date: string;
  /** The build of hakmem that was measured: a stored run may be made in pieces. */
  readonly hakmem?: string;
  /** What measured it, where that is not the run's machine. */
  readonly machine?: string;
  /** Per contender, its figure in each round, in units of one (operations, not millions) a second. */
  readonly figures: Readonly<Record<string, readonly number[]>>;
  /** Figures of hakmem that have names of their own, in each round. */
  readonly own: Readonly<Record<string, readonly number[]>>;
  readonly courses: Readonly<Record<string, Course>>;
  /** Contenders that could not do it, and why. */
  readonly failures: Readonly<Record<string, string>>;
}

export interface StoredRun {
  readonly format: typeof FORMAT;
  readonly machine: Machine;
  readonly results: readonly Result[];
}

/** @throws CommandError that names the file when it cannot be read or holds no run */
export function readRun(path: string): StoredRun {
  const run = readJson(path) as Partial<StoredRun>;
  if (run.format !== FORMAT || !Array.isArray(run.results)) {
    throw new CommandError(`${path} holds no run of the benchmarks (format ${FORMAT})`);
  }
  return run as StoredRun;
}

/** Processors of a machine, in words. */
export function processorsOf({ cores, cpu }: Machine): string {
  return `${cores} × ${cpu}`;
}

export function majorOf(node: string): string {
  return node.replace(/^v/, '').split('.')[0];
}

/** The names of results by what measured them, the machine of most of them first. */
export function byMachine({ machine, results }: StoredRun): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const result of results) {
    const there = result.machine ?? processorsOf(machine);
    names.set(there, [...(names.get(there) ?? []), result.name]);
  }
  return new Map([...names].sort(([, a], [, b]) => b.length - a.length));
}

/** A result of a run, as it stands in a later one. */
function elsewhere(result: Result, run: StoredRun, later: StoredRun): Result {
  const { machine: there = processorsOf(run.machine), ...rest } = result;
  return there === processorsOf(later.machine) ? rest : { ...rest, machine: there };
}

/** Puts results into a run in place of older ones of the same name, others at the end. */
export function merge(run: StoredRun, later: StoredRun): StoredRun {
  const fresh = new Map(later.results.map((result) => [result.name, result]));
  const kept = run.results.map((old) => fresh.get(old.name) ?? elsewhere(old, run, later));
  const known = new Set(run.results.map(({ name }) => name));
  const added = later.results.filter(({ name }) => !known.has(name));
  return { ...later, results: [...kept, ...added] };
}

/**
 * What a file has that a run on this Node may be put beside, if there is such a file.
 *
 * @throws CommandError when it was measured on another major version of Node
 */
export function storedBeside(path: string, node: string): StoredRun | undefined {
  if (!existsSync(path)) return undefined;
  const stored = readRun(path);
  const there = stored.machine.node;
  if (majorOf(there) === majorOf(node)) return stored;
  throw new CommandError(`${path} was measured on Node ${there}, give another file to ${node}`);
}

/**
 * Writes a run, together with what the file has of other workloads.
 *
 * @throws CommandError as `storedBeside` does
 */
export function storeRun(path: string, run: StoredRun): void {
  const stored = storedBeside(path, run.machine.node);
  const whole = stored === undefined ? run : merge(stored, run);
  writeFileSync(path, `${JSON.stringify(whole, rounded, 1)}\n`);
}

/** Six digits are more than any measurement has. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
