/**
 * The builds that are compared: each a folder under build/ab/ that is a package of the name
 * `hakmem`, with the workloads beneath it, which import the library by that name.
 */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CommandError } from '../lib/command-error.js';
import { projectFolder } from '../lib/project.js';

/**
 * What a build is made of: settings of flags, a planted counter, a bundle that is there already, or
 * another revision's source.
 */
export interface Recipe {
  readonly flags?: readonly string[];
  readonly plant?: string;
  readonly library?: string;
  readonly revision?: string;
}

export interface Build {
  readonly folder: string;
  readonly label: string;
  /** Of the bundle, without the link to its source map. */
  readonly bytes: number;
  readonly sha256: string;
}

const root = projectFolder();
const builds = join(root, 'build', 'ab', 'builds');
const run = promisify(execFile);

export function labelOf({ flags = [], plant, library, revision }: Recipe): string {
  const parts = [...flags, ...(plant === undefined ? [] : [`plant-${plant}`])];
  if (library !== undefined) parts.push(library);
  if (revision !== undefined) parts.push(`revision-${revision}`);
  return parts.length === 0 ? 'production' : parts.join('+');
}

/** @param name of the folder; builds of one name replace each other */
export async function makeBuild(recipe: Recipe, name: string): Promise<Build> {
  const folder = join(builds, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (recipe.revision === undefined) await assemble(recipe, folder);
  else await assembleRevision(recipe.revision, folder);
  const script = readFileSync(join(folder, 'hakmem.js'), 'utf8').replace(/\n\/\/# source.*/, '');
  const sha256 = createHash('sha256').update(script).digest('hex');
  return { folder, label: labelOf(recipe), bytes: Buffer.byteLength(script), sha256 };
}

async function assemble({ flags = [], plant, library }: Recipe, folder: string): Promise<void> {
  await variant(folder, [
    ...flags.flatMap((flag) => ['--flag', flag]),
    ...(plant === undefined ? [] : ['--plant', plant]),
    ...(library === undefined ? [] : ['--library', library]),
  ]);
}

/** The library as that revision's own build makes it, in a work tree of its own. */
async function assembleRevision(revision: string, folder: string): Promise<void> {
  const tree = join(builds, `tree-${revision}`);
  removeTree(tree);
  await run('git', ['worktree', 'add', '--detach', tree, revision], { cwd: root });
  try {
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'), 'junction');
    await run(process.execPath, [join(tree, 'scripts', 'build.mjs')], { cwd: tree });
    await variant(folder, ['--library', join(tree, 'dist', 'hakmem.js')]);
  } finally {
    removeTree(tree);
  }
}

async function variant(folder: string, args: readonly string[]): Promise<void> {
  const script = join(root, 'scripts', 'variant.mjs');
  await run(process.execPath, [script, '--out', folder, ...args]);
}

function removeTree(tree: string): void {
  // The link goes first, so that nothing follows it into the shared packages.
  rmSync(join(tree, 'node_modules'), { force: true });
  if (existsSync(tree)) {
    execFileSync('git', ['worktree', 'remove', '--force', tree], { cwd: root });
  }
  execFileSync('git', ['worktree', 'prune'], { cwd: root });
}

/** A bundle that is there, or a git revision. @throws CommandError when it is neither */
export function recipeOf(name: string): Recipe {
  return existsSync(name) ? { library: resolve(name) } : { revision: commitOf(name) };
}

/** The commit's full name. @throws CommandError when there is no such revision */
export function commitOf(revision: string): string {
  const { status, stdout } = spawnSync(
    'git',
    ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`],
    { cwd: root, encoding: 'utf8' },
  );
  if (status !== 0) throw new CommandError(`no git revision '${revision}'`);
  return stdout.trim();
}
