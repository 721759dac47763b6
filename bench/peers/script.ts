/** Allocators that a JavaScript program could use instead. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FoundPeers, ScriptPeer } from './peer.js';

const DLMALLOC = 'wasm-dlmalloc';
const TLSF = 'wasm-tlsf';
const THING = '@thi.ng/malloc';

const SHARES: Readonly<Record<string, number>> = {
  [DLMALLOC]: 0.3,
  [TLSF]: 0.3,
  [THING]: 0.005,
  'Buffer.allocUnsafe': 0.2,
  Uint8Array: 0.05,
  SharedArrayBuffer: 0.01,
};

/** Not one that anybody could use, so asked for by its name only: see child/allocators/floor.ts. */
export const FLOOR = 'floor';

export const SCRIPT_PEERS: readonly string[] = Object.keys(SHARES);

const DEBIAN_PACKAGES = 'clang lld wasi-libc libclang-rt-14-dev-wasm32';
/** A module's memory is all there from the start, like hakmem's heap in these workloads. */
const WASM_BYTES = 2 ** 30;
const PAGE_BYTES = 65_536;

/** What AssemblyScript compiles: its runtime's allocator under the names of C. */
const TLSF_SOURCE = `
export function malloc(size: usize): usize { return heap.alloc(size); }
export function free(block: usize): void { heap.free(block); }
export function realloc(block: usize, size: usize): usize { return heap.realloc(block, size); }
export function calloc(count: usize, size: usize): usize {
  const block = heap.alloc(count * size);
  memory.fill(block, 0, count * size);
  return block;
}
`;

/** @param folder where WebAssembly modules are compiled to */
export function findScriptPeers(wanted: readonly string[], folder: string): FoundPeers {
  const peers: ScriptPeer[] = [];
  const missing: string[] = [];
  for (const name of SCRIPT_PEERS.filter((known) => wanted.includes(known))) {
    const share = SHARES[name];
    if (name === DLMALLOC) {
      const file = compileDlmalloc(folder);
      if (file === undefined) {
        missing.push(`${name} needs: apt-get install --no-install-recommends ${DEBIAN_PACKAGES}`);
      } else peers.push({ kind: 'script', name, share, file });
    } else if (name === TLSF) {
      if (resolved('assemblyscript/package.json') === undefined) {
        missing.push(`${name} needs: npm install assemblyscript`);
      } else peers.push({ kind: 'script', name, share, file: compileTlsf(folder) });
    } else if (name === THING && !isThere('@thi.ng/malloc')) {
      missing.push(`${name} needs: npm install @thi.ng/malloc`);
    } else {
      peers.push({ kind: 'script', name, share });
    }
  }
  if (wanted.includes(FLOOR)) peers.push({ kind: 'script', name: FLOOR, share: 1 });
  return { peers, missing };
}

/** wasi-libc's malloc, which is dlmalloc. Undefined where clang cannot make WebAssembly of it. */
function compileDlmalloc(folder: string): string | undefined {
  const source = join(folder, 'dlmalloc.c');
  const file = join(folder, 'dlmalloc.wasm');
  writeFileSync(source, '');
  const exported = ['malloc', 'calloc', 'realloc', 'free'].map((name) => `-Wl,--export=${name}`);
  const flags = ['--target=wasm32-wasi', '-mexec-model=reactor', '-O3', ...exported];
  const memory = `-Wl,--initial-memory=${WASM_BYTES}`;
  const { status } = spawnSync('clang', [...flags, memory, '-o', file, source]);
  return status === 0 && existsSync(file) ? file : undefined;
}

function compileTlsf(folder: string): string {
  const source = join(folder, 'tlsf.ts');
  const file = join(folder, 'tlsf.wasm');
  writeFileSync(source, TLSF_SOURCE);
  const home = dirname(resolved('assemblyscript/package.json') ?? '');
  const pages = String(WASM_BYTES / PAGE_BYTES);
  const memory = ['--initialMemory', pages, '--maximumMemory', pages];
  const flags = ['--runtime', 'minimal', '-O3', '--noAssert', ...memory];
  const compilerFile = join(home, 'bin', 'asc.js');
  const command = [compilerFile, 'tlsf.ts', ...flags, '--outFile', 'tlsf.wasm'];
  execFileSync(process.execPath, command, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return file;
}

function isThere(module: string): boolean {
  try {
    return import.meta.resolve(module) !== '';
  } catch {
    return false;
  }
}

function resolved(file: string): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(file);
  } catch {
    return undefined;
  }
}
