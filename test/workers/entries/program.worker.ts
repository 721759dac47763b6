import { parentPort, workerData } from 'node:worker_threads';
import { SharedProgram, type ProgramData } from '../../support/shared-program.js';

parentPort!.postMessage(new SharedProgram(workerData as ProgramData).run());
