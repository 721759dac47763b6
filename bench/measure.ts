/** Runs workloads in rounds, hakmem and its peers by turns, each run in a process of its own. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Peer, type Toolchain } from './native/toolchain.js';
import { type Workload } from './workloads.js';

export type Figures = Readonly<Record<string, number>>;

/** One workload's figures, a list per contender in the order of the rounds. */
export interface Measured {
  readonly workload: Workload;
  readonly rounds: ReadonlyMap<string, readonly Figures[]>;
}

export interface MeasureOptions {
  readonly workloads: readonly Workload[];
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly toolchain: Toolchain;
  readonly onRun: (done: number, total: number, what: string) => void;
}

export const SELF = 'hakmem';

const run = promisify(execFile);
const CHILD = fileURLToPath(new URL('child/main.js', import.meta.url));
/** A run takes about a second; one that takes this long hangs. */
const TIMEOUT_MS = 120_000;

interface Contender {
  readonly name: string;
  measure(): Promise<Figures>;
}

export async function measure(options: MeasureOptions): Promise<Measured[]> {
  const { workloads, onRun } = options;
  const all = workloads.map((workload) => ({
    workload,
    rounds: workload.steady ? 1 : options.rounds,
    contenders: contendersOf(workload, options),
  }));
  const total = all.reduce((sum, { contenders, rounds }) => sum + contenders.length * rounds, 0);
  const measured: Measured[] = [];
  let done = 0;
  for (const { workload, rounds, contenders } of all) {
    const figures = new Map(contenders.map(({ name }): [string, Figures[]] => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const contender of inTurn(contenders, round)) {
        onRun(done++, total, `${workload.name} ${contender.name}`);
        figures.get(contender.name)?.push(await contender.measure());
      }
    }
    measured.push({ workload, rounds: figures });
  }
  onRun(done, total, '');
  return measured;
}

/** Every second round runs backwards, so that nobody always comes first. */
function inTurn(contenders: readonly Contender[], round: number): readonly Contender[] {
  return round % 2 === 0 ? contenders : contenders.toReversed();
}

function contendersOf(workload: Workload, options: MeasureOptions): Contender[] {
  const { child, twin } = workload;
  const own = ['--expose-gc', CHILD, child.workload, JSON.stringify(child.parameters)];
  const contenders = [{ name: SELF, measure: () => figuresOf(process.execPath, own, process.env) }];
  if (twin === undefined || options.peers.length === 0) return contenders;
  const [program, ...args] = options.toolchain.command(twin);
  for (const { name, preload } of options.peers) {
    const environment = { ...process.env, ...(preload ? { LD_PRELOAD: preload } : {}) };
    contenders.push({ name, measure: () => figuresOf(program, args, environment) });
  }
  return contenders;
}

async function figuresOf(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Figures> {
  const { stdout } = await run(program, args, { env, timeout: TIMEOUT_MS });
  return JSON.parse(stdout) as Figures;
}
