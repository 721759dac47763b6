/**
 * Which way imports run inside src/. Each room lists the rooms it may import; a file that stands
 * beside them in src/ lists files too. What is not listed is forbidden, and so is every cycle.
 */
const below = ['base', 'superslab', 'queue', 'cache', 'thread'];
const tiers = ['tiny', 'mid', 'large'];

const rooms = {
  base: [],
  superslab: ['base'],
  queue: ['base', 'superslab'],
  cache: ['base', 'superslab', 'queue'],
  thread: ['base', 'superslab', 'queue', 'cache'],
  tiny: below,
  mid: below,
  large: below,
  inspect: [...below, 'route.ts'],
  'platform.ts': [],
  'memory.ts': ['base'],
  'views.ts': ['base'],
  'route.ts': [...below, ...tiers],
  'config.ts': ['base', ...tiers, 'platform.ts'],
  'options.ts': ['base', 'config.ts'],
  'handle.ts': ['base'],
  'create.ts': ['base', 'superslab', 'config.ts', 'handle.ts', 'options.ts', 'platform.ts'],
  'open.ts': ['base', 'config.ts', 'handle.ts'],
  'resume.ts': ['base', 'thread', 'large', 'hardened/hand.ts'],
  'threads.ts': ['base', 'thread', 'platform.ts', 'handle.ts', 'resume.ts', 'hardened/hand.ts'],
  'connection.ts': ['base', 'platform.ts', 'resume.ts'],
  'arena.ts': ['base'],
  'free.ts': [...below, ...tiers, 'inspect', 'route.ts'],
  'allocator.ts': [
    'free.ts',
    ...below,
    ...tiers,
    'inspect',
    'views.ts',
    'memory.ts',
    'route.ts',
    'handle.ts',
    'connection.ts',
  ],
  hardened: [...below, ...tiers, 'inspect', 'platform.ts', 'memory.ts', 'route.ts', 'allocator.ts'],
  'heap.ts': [
    'free.ts',
    ...below,
    ...tiers,
    'inspect',
    'platform.ts',
    'views.ts',
    'config.ts',
    'options.ts',
    'handle.ts',
    'create.ts',
    'open.ts',
    'threads.ts',
    'arena.ts',
    'connection.ts',
    'allocator.ts',
    'hardened',
  ],
  'debug.ts': ['base', 'options.ts', 'handle.ts', 'heap.ts', 'hardened', 'index.ts'],
  'index.ts': [
    'base',
    'inspect',
    'platform.ts',
    'config.ts',
    'options.ts',
    'handle.ts',
    'allocator.ts',
    'heap.ts',
    'arena.ts',
  ],
};

/** A room's path as a regular expression: a folder with all below it, or one file. */
const pattern = (room) =>
  room.endsWith('.ts') ? `^src/${room.replace('.', '\\.')}$` : `^src/${room}/`;

const direction = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-imports-downwards`,
  comment: `src/${room} may import ${allowed.join(', ') || 'nothing outside of itself'}`,
  severity: 'error',
  from: { path: pattern(room) },
  to: { path: '^src/', pathNot: [room, ...allowed].map(pattern) },
}));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...direction,
    {
      name: 'every-file-has-a-room',
      comment: 'a file in src/ that no room above names has no direction to keep',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(rooms).map(pattern) },
      to: {},
    },
    {
      name: 'no-cycles',
      comment: 'modules are read bottom to top; a cycle, of types too, has no bottom',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'the-library-stands-alone',
      comment: 'src/ imports neither Node nor packages nor anything else outside of src/',
      severity: 'error',
      from: { path: '^src/' },
      to: { pathNot: '^src/' },
    },
    {
      name: 'no-unused-module',
      comment: 'what index.ts does not reach is not part of the library',
      severity: 'error',
      from: { path: '^src/index\\.ts$' },
      to: { path: '^src/', pathNot: pattern('debug.ts'), reachable: false },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'] },
  },
};
