import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../../bench/ab/options.js';
import { parseCommandLine as parseMixed } from '../../../bench/mixed/options.js';
import { refusalOf } from './refusal.js';

const refusal = (...argv: string[]) => refusalOf(() => parseCommandLine(argv));

describe('npm run ab', () => {
  it('takes a flag with its own workload and 30 pairs', () => {
    const { task, workload, pairs, node, resume } = parseCommandLine([
      'HAKMEM_SPILL_STATS_COMPILED',
    ]);
    expect(task).toMatchObject({
      do: 'compare',
      subject: {
        workload: 'bursts',
        off: {},
        on: { flags: ['HAKMEM_SPILL_STATS_COMPILED=1'] },
      },
    });
    expect({ workload, pairs, node, resume }).toEqual({
      workload: undefined,
      pairs: 30,
      node: undefined,
      resume: false,
    });
  });

  it('turns a flag off that the published build has on', () => {
    const { task } = parseCommandLine(['HAKMEM_BUILD_RELEASE']);
    expect(task).toMatchObject({ subject: { on: { flags: ['HAKMEM_BUILD_RELEASE=0'] } } });
  });

  it('takes another workload, more pairs and another Node', () => {
    const argv = ['equal-builds', '--workload', 'large', '--pairs', '50', '--node', '24'];
    expect(parseCommandLine(argv)).toMatchObject({ workload: 'large', pairs: 50, node: '24' });
  });

  it.each([
    [['--all'], { do: 'all' }],
    [['--pages'], { do: 'pages' }],
    [['--against', 'HEAD~3'], { do: 'against', revision: 'HEAD~3' }],
    [['--runs', 'a.json', 'b.json'], { do: 'runs', files: ['a.json', 'b.json'] }],
  ])('takes %s', (argv, task) => {
    expect(parseCommandLine(argv).task).toEqual(task);
  });

  it.each([
    ['nothing', [], 'give one of'],
    ['two tasks', ['equal-builds', '--all'], 'give one of'],
    ['an unknown flag', ['HAKMEM_NOTHING'], "no flag or subject 'HAKMEM_NOTHING'"],
    ['an unknown workload', ['equal-builds', '--workload', 'none'], 'There are random-mixed'],
    ['too few pairs', ['equal-builds', '--pairs', '9'], 'from 10 to 10000'],
    ['no number of pairs', ['equal-builds', '--pairs', '1e2'], 'from 10 to 10000'],
    ['one file of runs', ['--runs', 'a.json'], '--runs wants two files, not 1'],
    ['an unknown option', ['equal-builds', '--quick'], "unknown option '--quick'"],
  ])('refuses %s', (_, argv, message) => {
    expect(refusal(...argv)).toContain(message);
  });
});

describe('npm run bench:mixed', () => {
  it('runs random-mixed ten times unless told otherwise', () => {
    expect(parseMixed([])).toEqual({
      workloads: ['random-mixed'],
      profile: 'default',
      runs: 10,
      json: undefined,
      reported: [],
    });
  });

  it('runs all of its workloads in a profile', () => {
    expect(parseMixed(['all', '--profile', 'short'])).toMatchObject({
      workloads: ['random-mixed', 'mid-gap', 'larson'],
      profile: 'short',
    });
  });

  it.each([
    [['nothing'], "no workload 'nothing'"],
    [['larson', '--profile', 'eternal'], 'Allowed choices are short, default, long'],
    [['--runs', '0'], 'from 1 to 1000'],
  ])('refuses %s', (argv, message) => {
    expect(refusalOf(() => parseMixed(argv))).toContain(message);
  });
});
