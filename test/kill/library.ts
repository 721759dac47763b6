/** The library as the kill tests load it, once for each of their threads. */
export * from '../../src/index.js';
export { arm, die, disarm } from './points.js';
