/** Compiled C twins and unpacked traces in a temporary folder, each made when it is first needed. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../lib/project.js';
import { readTraceFile, tracePath } from '../lib/trace-files.js';
import { unpackTrace } from '../lib/trace.js';
import type { Twin } from '../workloads/workload.js';
import { compiler } from './native.js';

export class Toolchain implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'hakmem-bench-'));
  readonly #made = new Map<string, string>();

  /** The command line of a twin. */
  command({ program, args }: Twin): string[] {
    const words = args.map((arg) =>
      typeof arg === 'object' ? this.#unpacked(arg.trace) : String(arg),
    );
    return [this.#compiled(program), ...words];
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
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
    const target = join(this.folder, name);
    make(target);
    this.#made.set(name, target);
    return target;
  }
}
