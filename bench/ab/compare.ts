/** One comparison from its builds to its stored pairs. */
import { type Build, makeBuild } from './builds.js';
import { CommandError } from '../lib/command-error.js';
import { NODE_ARGUMENTS } from '../lib/clean-process.js';
import { thisCommit, thisMachine, versionOf } from '../lib/machine.js';
import { calibrate, observe, runPair, type Setup } from './experiment.js';
import { countEvents } from './reach.js';
import { type Comparison, type Reach, rounded, storedPairs, writeComparison } from './record.js';
import { type Subject } from './subjects.js';

export interface CompareOptions {
  /** Path of the Node binary. */
  readonly node: string;
  readonly workload: string;
  /** Pairs in all, stored ones included. */
  readonly pairs: number;
  /** Where the comparison is stored, after every pair. */
  readonly file: string;
  /** Goes on from stored pairs of the same two builds instead of dropping them. */
  readonly resume: boolean;
  readonly onPair: (done: number) => void;
}

/** A workload that does not reach what the flag observes: measuring it would say nothing. */
export class UnreachedError extends CommandError {}

/** @throws UnreachedError */
export async function compare(subject: Subject, options: CompareOptions): Promise<Comparison> {
  const { node, workload, pairs, file } = options;
  const off = await makeBuild(subject.off, `${subject.name}/off`);
  const on = await makeBuild(subject.on, `${subject.name}/on`);
  const setup: Setup = { node, off, on, workload };
  const reached = await reach(subject, setup);
  const comparison = {
    format: 1 as const,
    subject: subject.name,
    workload,
    node: versionOf(node),
    arguments: NODE_ARGUMENTS,
    machine: thisMachine(),
    commit: thisCommit(),
    date: new Date().toISOString().slice(0, 10),
    off: noteOf(off),
    on: noteOf(on),
    ...(reached === undefined ? {} : { reached }),
  };
  const before = options.resume ? storedPairs(file, comparison) : undefined;
  const measured = [...(before?.pairs ?? [])];
  const { steps, operations } = await calibrate(setup);
  const record = (): Comparison => ({
    ...comparison,
    operationsPerStep: operations,
    stepsPerRound: steps,
    pairs: measured,
  });
  options.onPair(measured.length);
  while (measured.length < pairs) {
    const { off: without, on: with_ } = await runPair(setup, steps, measured.length);
    measured.push({ off: rounded(without), on: rounded(with_) });
    writeComparison(file, record());
    options.onPair(measured.length);
  }
  return record();
}

/** What the flag's build counts on the workload; undefined where the subject is no flag. */
async function reach(subject: Subject, setup: Setup): Promise<Reach | undefined> {
  const { flag } = subject;
  if (flag === undefined) return undefined;
  const { before, after, operations } = await observe(setup.node, setup.on, setup.workload);
  const { counted, events } = countEvents(flag, before, after);
  if (events === 0) {
    throw new UnreachedError(
      `${setup.workload} does not reach what ${flag} observes: with the flag on, ` +
        `${operations} operations counted 0 ${counted}. ${subject.workload} reaches it.`,
    );
  }
  return { counted, events, operations };
}

function noteOf({ label, bytes, sha256 }: Build) {
  return { label, bytes, sha256 };
}
