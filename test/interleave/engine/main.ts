/** The program that explores: what the tests and the command load. */
import { scenarios } from '../scenarios/index.js';
import { scheduler } from './scheduler.js';
import { BENIGN } from './sites.js';

scheduler.benign = BENIGN;

export { Exploration } from './explore.js';
export { scenarios };
