import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What packing and building read, apart from the installed packages. */
const projectFiles = [
  'package.json',
  '.npmrc',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts',
  'src',
  'docs',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
];

/** The tarball that `npm publish` would upload, and a project that has installed it. */
export interface PackedProject {
  /** Paths in the tarball, from the package's folder. */
  readonly packedFiles: readonly string[];
  /** The user's project: a folder with nothing but the package, piscina and @types/node. */
  readonly folder: string;
  /** The installed package's folder. */
  readonly installed: string;
  /** Writes files into the project. */
  write(files: Readonly<Record<string, string>>): void;
  /** Runs a program of the project under the Node that runs the tests; returns what it prints. */
  run(script: string): string;
  /** Runs the TypeScript compiler on the project's tsconfig.json; returns its complaints. */
  compile(): string;
}

/**
 * Builds and packs a copy of this project, so that the checkout's own `dist/` stays untouched, and
 * installs the tarball in an empty project.
 */
export function packAndInstall(): PackedProject {
  const base = mkdtempSync(join(tmpdir(), 'hakmem-pack-'));
  const copy = join(base, 'copy');
  const folder = join(base, 'user');
  mkdirSync(copy);
  mkdirSync(folder);
  for (const name of projectFiles) {
    if (existsSync(join(root, name)))
      cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');

  const report = npm(copy, 'pack', '--json', '--pack-destination', base);
  // npm prints what its scripts print, too; the report is the JSON at the end.
  const json = report.slice(report.search(/^[[{]/m));
  const [packed] = Object.values<{ filename: string; files: { path: string }[] }>(JSON.parse(json));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  npm(folder, 'install', '--offline', '--no-audit', '--no-fund', join(base, packed.filename));

  const installed = join(folder, 'node_modules', 'hakmem');
  for (const name of ['piscina', '@types/node', 'undici-types']) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(join(link, '..'), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link, 'junction');
  }
  return {
    packedFiles: packed.files.map(({ path }) => path).sort(),
    folder,
    installed,
    write(files) {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    },
    run: (script) => execFileSync(process.execPath, [script], { cwd: folder, encoding: 'utf8' }),
    compile() {
      const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      try {
        return execFileSync(process.execPath, [tsc], { cwd: folder, encoding: 'utf8' });
      } catch (error) {
        return (error as { stdout: string }).stdout;
      }
    },
  };
}

function npm(cwd: string, ...args: string[]): string {
  return execFileSync('npm', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
}
