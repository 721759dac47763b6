/** `npm run ab`: compares two builds of the library; `--help` says how. */
import { reasonOf } from '../lib/child-error.js';
import { FailureError, runCommand } from '../lib/command-error.js';
import { versionOf } from '../lib/machine.js';
import { nodeBinary } from '../lib/node-binary.js';
import { showProgress } from '../progress.js';
import { commitOf } from './builds.js';
import { compare } from './compare.js';
import { parseCommandLine } from './options.js';
import { writePages } from './pages.js';
import { type Comparison, DOCUMENTED, LATEST, pathOf } from './record.js';
import { renderComparison, verdictLine } from './report.js';
import { pairsOfRuns } from './stored-runs.js';
import { ALL_SUBJECTS, revisionSubject, type Subject } from './subjects.js';
import { judge } from './verdict.js';

const line = parseCommandLine(process.argv.slice(2));
const { task, workload, pairs, resume } = line;
const folder = task.do === 'all' || line.documented ? DOCUMENTED : LATEST;

await runCommand(perform);

async function perform(): Promise<void> {
  switch (task.do) {
    case 'compare':
      await report([task.subject]);
      break;
    case 'against': {
      const subject = revisionSubject(
        task.revision,
        commitOf(task.revision),
        workload ?? 'random-mixed',
      );
      await report([subject]);
      break;
    }
    case 'all':
      try {
        await report(ALL_SUBJECTS);
      } finally {
        writePages();
      }
      break;
    case 'pages':
      writePages();
      break;
    case 'runs':
      console.log(
        verdictLine(judge(pairsOfRuns(...task.files)), 'the first file, not the second,'),
      );
      break;
  }
}

/**
 * Compares subject after subject and prints what came out; where one of several fails, the others
 * follow.
 *
 * @throws FailureError that names those that failed
 */
async function report(subjects: readonly Subject[]): Promise<void> {
  const node = nodeBinary(line.node);
  const version = versionOf(node);
  const progress = showProgress();
  const total = subjects.length * pairs;
  const comparisons: Comparison[] = [];
  const failures: string[] = [];
  try {
    for (const [index, subject] of subjects.entries()) {
      const on = workload ?? subject.workload;
      const options = {
        ...{ node, workload: on, pairs, resume },
        file: pathOf(folder, subject.name, on, version),
        onPair: (done: number) =>
          progress.update(index * pairs + done, total, `${subject.name} on ${on}`),
      };
      try {
        comparisons.push(await compare(subject, options));
      } catch (error) {
        if (!(error instanceof Error) || subjects.length === 1) throw error;
        failures.push(`${subject.name}: ${reasonOf(error)}`);
      }
    }
  } finally {
    progress.stop();
  }
  for (const comparison of comparisons) {
    console.log(`\n${renderComparison(comparison, judge(comparison.pairs))}`);
  }
  if (failures.length > 0) throw new FailureError(failures.join('\n'));
}
