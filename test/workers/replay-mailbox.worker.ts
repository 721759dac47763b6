import { workerData } from 'node:worker_threads';
import { Mailbox } from '../../bench/replay/mailbox.js';

/** Sends `count` letters of its own into the mailbox, waiting for room. */
const { buffer, sender, count, mostBytes } = workerData as {
  buffer: SharedArrayBuffer;
  sender: number;
  count: number;
  mostBytes: number;
};

const box = new Mailbox(buffer, mostBytes);
const nobodyWakesThis = new Int32Array(new SharedArrayBuffer(4));
for (let i = 0; i < count; i++) {
  while (!box.push(sender, i % 64, i)) Atomics.wait(nobodyWakesThis, 0, 0, 0.1);
}
