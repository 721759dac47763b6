/**
 * The C twins, compiled when they are needed, and the allocators that they can run on: the C
 * library's own, and others that are preloaded. What is missing is named, not an error.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../lib/project.js';
import { readTraceFile, tracePath } from '../lib/trace-files.js';
import { unpackTrace } from '../lib/trace.js';
import { type Twin } from '../workloads.js';

export interface Peer {
  readonly name: string;
  /** Undefined: the C library's own allocator. */
  readonly preload: string | undefined;
}

interface KnownPeer {
  readonly name: string;
  readonly library: RegExp;
  readonly debianPackage: string;
}

const LIBC = 'glibc';
const LIBRARY_FOLDERS = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64'];
const PRELOADED: readonly KnownPeer[] = [
  { name: 'mimalloc', library: /^libmimalloc\.so\.\d+$/, debianPackage: 'libmimalloc2.0' },
  { name: 'jemalloc', library: /^libjemalloc\.so\.\d+$/, debianPackage: 'libjemalloc2' },
  {
    name: 'tcmalloc',
    library: /^libtcmalloc_minimal\.so\.\d+$/,
    debianPackage: 'libtcmalloc-minimal4',
  },
];

export const PEER_NAMES: readonly string[] = [LIBC, ...PRELOADED.map(({ name }) => name)];

export interface FoundPeers {
  readonly peers: readonly Peer[];
  /** What is not there, and how to get it. */
  readonly missing: readonly string[];
}

/** Looks for a compiler and for the wanted peers. */
export function findPeers(wanted: readonly string[]): FoundPeers {
  if (wanted.length === 0) return { peers: [], missing: [] };
  if (compiler() === undefined) {
    return { peers: [], missing: ['no C compiler, so no peers (apt-get install gcc libc6-dev)'] };
  }
  const peers: Peer[] = wanted.includes(LIBC) ? [{ name: LIBC, preload: undefined }] : [];
  const packages: string[] = [];
  for (const { name, library, debianPackage } of PRELOADED) {
    if (!wanted.includes(name)) continue;
    const preload = findLibrary(library);
    if (preload === undefined) packages.push(debianPackage);
    else peers.push({ name, preload });
  }
  const missing =
    packages.length === 0 ? [] : [`more peers with: apt-get install ${packages.join(' ')}`];
  return { peers, missing };
}

function compiler(): string | undefined {
  const candidates = [process.env.CC, 'cc', 'gcc', 'clang'].filter((name) => name !== undefined);
  return candidates.find((name) => spawnSync(name, ['--version']).status === 0);
}

function findLibrary(name: RegExp): string | undefined {
  for (const folder of LIBRARY_FOLDERS.filter((path) => existsSync(path))) {
    const file = readdirSync(folder).find((entry) => name.test(entry));
    if (file !== undefined) return join(folder, file);
  }
  return undefined;
}

/** Compiled programs and unpacked traces in a temporary folder, made at first use. */
export class Toolchain implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'hakmem-bench-'));
  readonly #made = new Map<string, string>();

  /** The command line of a twin. */
  command({ program, args }: Twin): string[] {
    const words = args.map((arg) =>
      typeof arg === 'object' ? this.#unpacked(arg.trace) : String(arg),
    );
    return [this.#compiled(program), ...words];
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #compiled(program: string): string {
    return this.#make(program, (target) => {
      const source = join(projectFolder(), 'bench', 'native', `${program}.c`);
      const flags = ['-O2', '-fno-builtin', '-pthread', source, '-o', target];
      execFileSync(compiler() ?? 'cc', flags, { stdio: ['ignore', 'inherit', 'inherit'] });
    });
  }

  #unpacked(trace: string): string {
    return this.#make(`${trace}.trace`, (target) => {
      writeFileSync(target, unpackTrace(readTraceFile(tracePath(trace))));
    });
  }

  #make(name: string, make: (target: string) => void): string {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const target = join(this.#folder, name);
    make(target);
    this.#made.set(name, target);
    return target;
  }
}
