/** The debug build as the kill tests load it, once for each of their threads. */
export * from '../../src/debug.js';
export { arm, die, disarm } from './points.js';
