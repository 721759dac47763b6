/** Where a figure was measured: what every stored run says of itself. */
import { execFileSync, spawnSync } from 'node:child_process';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { CommandError } from './command-error.js';
import { projectFolder } from './project.js';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
  };
}

export function describeMachine({ cpu, cores, memoryGiB, platform }: Machine): string {
  return `${cores} × ${cpu}, ${memoryGiB} GiB, ${platform}`;
}

/** The commit that last changed src/, with `+` behind it when src/ differs from it. */
export function thisCommit(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: projectFolder(), encoding: 'utf8' }).trim();
  try {
    const commit = git('log', '-1', '--format=%h', '--abbrev=12', '--', 'src');
    return git('status', '--porcelain', '--', 'src') === '' ? commit : `${commit}+`;
  } catch {
    return 'unknown';
  }
}

/** What `node --version` prints. @throws CommandError when the file is no Node that runs here */
export function versionOf(node: string): string {
  const { error, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (error !== undefined) throw new CommandError(`${node} cannot be run: ${error.message}`);
  const version = stdout.trim();
  if (/^v\d+\.\d+\.\d+/.test(version)) return version;
  throw new CommandError(`${node} is no Node: it gives its version as '${version.slice(0, 40)}'`);
}
