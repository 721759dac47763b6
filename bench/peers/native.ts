/** Allocators in C: the C library's own, and others that are preloaded. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import type { FoundPeers, NativePeer } from './peer.js';

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

export const NATIVE_PEERS: readonly string[] = [LIBC, ...PRELOADED.map(({ name }) => name)];

/** Looks for a compiler and for those of the wanted peers that are native. */
export function findNativePeers(wanted: readonly string[]): FoundPeers {
  if (!wanted.some((name) => NATIVE_PEERS.includes(name))) return { peers: [], missing: [] };
  if (compiler() === undefined) {
    const missing = ['no C compiler, so no native peers (apt-get install gcc libc6-dev)'];
    return { peers: [], missing };
  }
  const peers: NativePeer[] = [];
  if (wanted.includes(LIBC)) peers.push({ kind: 'native', name: LIBC, preload: undefined });
  const packages: string[] = [];
  for (const { name, library, debianPackage } of PRELOADED) {
    if (!wanted.includes(name)) continue;
    const preload = findLibrary(library);
    if (preload === undefined) packages.push(debianPackage);
    else peers.push({ kind: 'native', name, preload });
  }
  const missing =
    packages.length === 0 ? [] : [`more peers with: apt-get install ${packages.join(' ')}`];
  return { peers, missing };
}

/** The compiler's command, or undefined. */
export function compiler(): string | undefined {
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
