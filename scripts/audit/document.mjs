/** docs/atomics.md: the audited operations as tables, one a folder, sorted, without line numbers. */

/** @typedef {import('./source.mjs').Site} Site */

const HEAD = `# Atomic operations

Written by \`npm run audit -- --write\` from the \`@atomics\` comments in \`src/\`; \`npm run audit\` fails when
it is stale. Path: hot is every malloc or free, warm their slow halves, cold what runs seldom. Kind:
CORRECTNESS is needed for the heap to be right, which includes every cell that control flow reads;
TELEMETRY only observes, and the production bundle holds none of it.
`;

/**
 * @param {readonly Site[]} sites
 */
export function documentOf(sites) {
  const total = `${sites.length} calls: ${countBy(sites, 'kind')}; ${countBy(sites, 'path')}.\n`;
  const folders = [...new Set(sites.map((site) => folderOf(site)))].sort();
  const tables = folders.map((folder) =>
    table(
      folder,
      sites.filter((site) => folderOf(site) === folder),
    ),
  );
  return `${[HEAD, total, ...tables].join('\n')}`;
}

/** @param {Site} site */
function folderOf({ file }) {
  return file.slice(0, file.lastIndexOf('/') + 1);
}

/**
 * @param {readonly Site[]} sites
 * @param {'kind' | 'path'} by
 */
function countBy(sites, by) {
  const values = [...new Set(sites.map((site) => site[by]))].sort();
  return values
    .map((value) => `${sites.filter((s) => s[by] === value).length} ${value}`)
    .join(', ');
}

/**
 * @param {string} folder
 * @param {readonly Site[]} sites
 */
function table(folder, sites) {
  /** @type {Map<string, { cells: string[], operations: Map<string, number>, reason: string }>} */
  const rows = new Map();
  for (const { file, function: name, operation, path, kind, reason } of sites) {
    const cells = [file.slice(folder.length), `\`${name}\``, path, kind];
    const key = [...cells, reason].join('\t');
    const row = rows.get(key) ?? { cells, operations: new Map(), reason };
    row.operations.set(operation, (row.operations.get(operation) ?? 0) + 1);
    rows.set(key, row);
  }
  const lines = [...rows.keys()].sort().map((key) => {
    const { cells, operations, reason } = /** @type {NonNullable<ReturnType<typeof rows.get>>} */ (
      rows.get(key)
    );
    const calls = [...operations.keys()].sort().map((operation) => {
      const times = operations.get(operation) ?? 1;
      return times > 1 ? `${operation} ×${times}` : operation;
    });
    const [file, name, path, kind] = cells;
    return `| ${[file, name, calls.join(', '), path, kind, reason.replaceAll('|', '\\|')].join(' | ')} |`;
  });
  return [
    `## ${folder}\n`,
    '| file | function | operations | path | kind | reason |',
    '| --- | --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ].join('\n');
}
