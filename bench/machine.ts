/** What a run was measured on. */
import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { basename, join } from 'node:path';
import { projectFolder } from './lib/project.js';
import type { Peer } from './peers/peer.js';
import type { Machine } from './results.js';

export function describeMachine(peers: readonly Peer[]): Machine {
  const { version } = JSON.parse(readFileSync(join(projectFolder(), 'package.json'), 'utf8')) as {
    version: string;
  };
  const commit = firstLine('git', ['-C', projectFolder(), 'rev-parse', '--short', 'HEAD']);
  return {
    cpu: cpus()[0]?.model ?? 'unknown CPU',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    node: process.version,
    v8: process.versions.v8,
    hakmem: commit === undefined ? version : `${version} (${commit})`,
    versions: Object.fromEntries(peers.map((peer) => [peer.name, versionOf(peer)])),
  };
}

function versionOf(peer: Peer): string {
  if (peer.kind === 'native') {
    if (peer.preload === undefined) return firstLine('getconf', ['GNU_LIBC_VERSION']) ?? '';
    return basename(realpathSync(peer.preload));
  }
  if (peer.name === 'wasm-dlmalloc') return firstLine('clang', ['--version']) ?? '';
  const pack = { 'wasm-tlsf': 'assemblyscript', '@thi.ng/malloc': '@thi.ng/malloc' }[peer.name];
  if (pack === undefined) return `Node ${process.version}`;
  const about = readFileSync(join(projectFolder(), 'node_modules', pack, 'package.json'), 'utf8');
  return `${pack} ${(JSON.parse(about) as { version: string }).version}`;
}

function firstLine(program: string, args: readonly string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')[0]
      .trim();
  } catch {
    return undefined;
  }
}
