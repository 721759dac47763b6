/** Who takes part in a workload, and how one run of each is made: in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CLEAN_ENVIRONMENT } from './lib/clean-process.js';
import type { Peer, ScriptPeer } from './peers/peer.js';
import { FLOOR } from './peers/script.js';
import type { Toolchain } from './peers/toolchain.js';
import { SELF, type Workload } from './workloads/workload.js';

/** What a child process prints: figures by name, or lists of them in the course of time. */
export type Figures = Readonly<Record<string, number | readonly number[]>>;

export interface Contender {
  readonly name: string;
  /** Runs the whole program of hakmem's own run, so that their checksums are the same. */
  readonly sameWork?: boolean;
  measure(signal: AbortSignal): Promise<Figures>;
}

const run = promisify(execFile);
const CHILD = fileURLToPath(new URL('child/main.js', import.meta.url));
/** A run takes a few seconds; one that takes this long hangs, or its peer is not made for it. */
const TIMEOUT_MS = 60_000;

export function contendersOf(
  workload: Workload,
  peers: readonly Peer[],
  toolchain: Toolchain,
): Contender[] {
  const { twin } = workload;
  const contenders = [scriptContender(workload, { kind: 'script', name: SELF, share: 1 })];
  for (const peer of peers) {
    if (peer.kind === 'script') {
      if (canDo(workload, peer)) contenders.push(scriptContender(workload, peer));
    } else if (twin !== undefined) {
      const environment = {
        ...CLEAN_ENVIRONMENT,
        ...(peer.preload ? { LD_PRELOAD: peer.preload } : {}),
        ...peer.settings,
      };
      contenders.push({
        name: peer.name,
        sameWork: true,
        measure: (signal) => {
          const [program, ...args] = toolchain.command(twin);
          return figuresOf(program, args, environment, signal);
        },
      });
    }
  }
  return contenders;
}

function canDo({ script, floor }: Workload, peer: ScriptPeer): boolean {
  if (peer.program !== undefined) return true;
  if (peer.name === FLOOR) return floor === true;
  return script !== undefined && (script === 'all' || script.includes(peer.name));
}

function scriptContender({ child }: Workload, peer: ScriptPeer): Contender {
  const { name, file, share, program } = peer;
  const parameters = {
    ...child.parameters,
    ...shortened(child.parameters, share),
    allocator: {
      name: program === undefined ? name : SELF,
      ...(file === undefined ? {} : { file }),
    },
  };
  const flags = ['--expose-gc', '--no-warnings'];
  const args = [...flags, program ?? CHILD, child.workload, JSON.stringify(parameters)];
  return {
    name,
    measure: (signal) => figuresOf(process.execPath, args, CLEAN_ENVIRONMENT, signal),
  };
}

/** Less work for a slower allocator; what starts cold is the same for all. */
function shortened(
  { warmup, turns, passes }: { warmup?: number; turns?: number; passes?: number },
  share: number,
): object {
  if (share === 1 || warmup === undefined || warmup === 0) return {};
  const part = (count: number) => Math.max(1, Math.ceil(count * share));
  return {
    warmup: part(warmup),
    ...(turns === undefined ? {} : { turns: part(turns) }),
    ...(passes === undefined ? {} : { passes: part(passes) }),
  };
}

async function figuresOf(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Figures> {
  const { stdout } = await run(program, args, { env, timeout: TIMEOUT_MS, signal });
  return JSON.parse(stdout) as Figures;
}
