/** Allocators in C: the C library's own, and others that are preloaded. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import type { FoundPeers, NativePeer } from './peer.js';

interface KnownPeer {
  readonly name: string;
  readonly library: RegExp;
  readonly debianPackage: string;
  readonly settings?: Readonly<Record<string, string>>;
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
  {
    name: 'mimalloc-keep',
    library: /^libmimalloc\.so\.\d+$/,
    debianPackage: 'libmimalloc2.0',
    settings: {
      MIMALLOC_PAGE_RESET: '0',
      MIMALLOC_ALLOW_DECOMMIT: '0',
      MIMALLOC_PURGE_DELAY: '-1',
    },
  },
  {
    name: 'jemalloc-keep',
    library: /^libjemalloc\.so\.\d+$/,
    debianPackage: 'libjemalloc2',
    settings: {
      MALLOC_CONF: 'dirty_decay_ms:-1,muzzy_decay_ms:-1,oversize_threshold:0,tcache_max:4194304',
    },
  },
];

export const NATIVE_PEERS: readonly string[] = [
  LIBC,
  ...PRELOADED.filter(({ settings }) => !settings).map(({ name }) => name),
];
/** Told to give nothing back to the system, as hakmem never does. */
export const KEEPING_PEERS: readonly string[] = PRELOADED.filter(({ settings }) => settings).map(
  ({ name }) => name,
);

/** Looks for a compiler and for those of the wanted peers that are native. */
export function findNativePeers(wanted: readonly string[]): FoundPeers {
  if (![...NATIVE_PEERS, ...KEEPING_PEERS].some((name) => wanted.includes(name)))
    return { peers: [], missing: [] };
  if (compiler() === undefined) {
    const missing = ['no C compiler, so no native peers (apt-get install gcc libc6-dev)'];
    return { peers: [], missing };
  }
  const peers: NativePeer[] = [];
  if (wanted.includes(LIBC)) peers.push({ kind: 'native', name: LIBC, preload: undefined });
  const packages = new Set<string>();
  for (const { name, library, debianPackage, settings } of PRELOADED) {
    if (!wanted.includes(name)) continue;
    const preload = findLibrary(library);
    if (preload === undefined) packages.add(debianPackage);
    else peers.push({ kind: 'native', name, preload, ...(settings && { settings }) });
  }
  const missing =
    packages.size === 0 ? [] : [`more peers with: apt-get install ${[...packages].join(' ')}`];
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
