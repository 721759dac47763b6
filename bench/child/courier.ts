/**
 * Messages between the threads of a workload: what allocators that share no memory have for handing
 * blocks over. Received without the event loop, so that a loop can wait for one.
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';

export class Courier {
  readonly #ports: ReadonlyMap<number, MessagePort>;
  /** A cell per thread, raised for every message to it. */
  readonly #bells: Int32Array;
  readonly #self: number;

  constructor(self: number, ports: ReadonlyMap<number, MessagePort>, bells: Int32Array) {
    this.#self = self;
    this.#ports = ports;
    this.#bells = bells;
  }

  /** @param transfer buffers that move instead of being copied */
  send(to: number, message: unknown, transfer: ArrayBuffer[] = []): void {
    this.#ports.get(to)?.postMessage(message, transfer);
    Atomics.add(this.#bells, to, 1);
    Atomics.notify(this.#bells, to);
  }

  /** The next message from anyone, or undefined. */
  poll(): unknown {
    for (const port of this.#ports.values()) {
      const envelope = receiveMessageOnPort(port) as { message: unknown } | undefined;
      if (envelope !== undefined) return envelope.message;
    }
    return undefined;
  }

  /** Waits for a message. */
  receive(): unknown {
    for (;;) {
      const rung = Atomics.load(this.#bells, this.#self);
      const message = this.poll();
      if (message !== undefined) return message;
      Atomics.wait(this.#bells, this.#self, rung, 100);
    }
  }

  close(): void {
    for (const port of this.#ports.values()) port.close();
  }
}
