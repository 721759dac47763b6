/** `--node`: which Node a command measures, by its major version or the path of a binary. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { CommandError } from './command-error.js';
import { projectFolder } from './project.js';

/** Major versions that scripts/node-binary.mjs finds. */
const NODES = ['20', '22', '24', '26'];

export function nodeOption(): Option {
  return new Option(
    `--node <${NODES.join('|')}|path>`,
    'the Node that is measured; this one otherwise',
  ).argParser(parseNode);
}

function parseNode(node: string): string {
  if (NODES.includes(node) || (!/^\d+$/.test(node) && existsSync(node))) return node;
  throw new InvalidArgumentError(`It must be ${NODES.join(', ')} or the path of a Node binary.`);
}

/** A path as it is; a major version through scripts/node-binary.mjs, which may fetch it. */
export function nodeBinary(wanted: string | undefined): string {
  if (wanted === undefined) return process.execPath;
  if (!/^\d+$/.test(wanted)) return wanted;
  const script = join(projectFolder(), 'scripts', 'node-binary.mjs');
  try {
    return execFileSync(process.execPath, [script, wanted], { encoding: 'utf8' }).trim();
  } catch (cause) {
    throw new CommandError(`Node ${wanted} is not here and could not be fetched`, { cause });
  }
}
