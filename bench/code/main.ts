/** `npm run bench:code`: how many instructions malloc and free take; `--help` says how. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeBuild, recipeOf } from '../ab/builds.js';
import { CommandError, runCommand } from '../lib/command-error.js';
import { thisCommit, versionOf } from '../lib/machine.js';
import { nodeBinary } from '../lib/node-binary.js';
import { countLoop } from './count.js';
import { parseCommandLine } from './options.js';
import { type Counted, renderCounts, renderTurn } from './report.js';

const { loops, node: wanted, against, listing } = parseCommandLine(process.argv.slice(2));

await runCommand(async () => {
  if (process.arch !== 'x64') {
    throw new CommandError(`it reads the machine code of x64, not of ${process.arch}`);
  }
  const node = nodeBinary(wanted);
  const version = versionOf(node);
  const program = fileURLToPath(new URL('child.js', import.meta.url));
  const other = against === undefined ? undefined : await programAt(against);
  const counts: Counted[] = [];
  for (const loop of loops) {
    const turn = await countLoop(node, program, loop);
    counts.push({ loop, turn, ...(other && { other: await countLoop(node, other, loop) }) });
  }
  if (listing) console.log(`${counts.map(renderTurn).join('\n\n')}\n`);
  console.log(`Node ${version}, x64, commit ${thisCommit()}`);
  console.log(renderCounts(counts, against));
});

/** The loops on another build of the library. */
async function programAt(build: string): Promise<string> {
  const { folder } = await makeBuild(recipeOf(build), 'code');
  return join(folder, 'bench', 'code', 'child.js');
}
