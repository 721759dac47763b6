/** Finds trace files: those that come with the project by name, any other by path. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { projectFolder } from './project.js';
import { TraceError } from './trace-error.js';
import { decodeTrace, type Trace } from './trace.js';

const SUFFIX = '.trace.gz';

export interface NamedTrace {
  readonly name: string;
  readonly path: string;
  readonly trace: Trace;
}

/** Names of the traces in the project's traces/ folder, sorted. */
export function bundledTraces(): string[] {
  return readdirSync(tracesFolder())
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

/** A bundled trace's file for its name, otherwise the path as it stands. */
export function tracePath(nameOrFile: string): string {
  const bundled = join(tracesFolder(), nameOrFile + SUFFIX);
  return /^[\w-]+$/.test(nameOrFile) && existsSync(bundled) ? bundled : nameOrFile;
}

/** Reads and decodes one trace. Throws a TraceError that names the file. */
export function loadTrace(nameOrFile: string): NamedTrace {
  const path = tracePath(nameOrFile);
  const name = basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.trace$/, '');
  try {
    return { name, path, trace: decodeTrace(readTraceFile(path)) };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    throw new TraceError(error.code, `trace ${nameOrFile}: ${error.message}`, { cause: error });
  }
}

export function readTraceFile(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TraceError(
      'ERR_TRACE_UNREADABLE',
      `cannot be read (${reason}); give a file or one of: ${bundledTraces().join(', ')}`,
      { cause },
    );
  }
}

function tracesFolder(): string {
  return join(projectFolder(), 'traces');
}
