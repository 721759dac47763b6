import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTrace } from '../../bench/lib/trace.js';
import { type NamedTrace } from '../../bench/lib/trace-files.js';
import {
  describeName,
  makePlan,
  PASSES_TURN,
  recordedThreads,
  TAKES_TURN,
  traceOfName,
} from '../../bench/replay/plan.js';
import { propertyRuns } from '../support/property.js';
import {
  calloc,
  encodeTrace,
  free,
  malloc,
  realloc,
  type TraceEvent,
} from '../support/trace-encoder.js';

function named(name: string, events: readonly TraceEvent[], threads?: number): NamedTrace {
  const bytes = encodeTrace(events, threads === undefined ? {} : { threads });
  return { name, path: name, trace: decodeTrace(bytes) };
}

const one = named('one', [malloc(0, 10), malloc(1, 20), free(0), calloc(0, 30)]);
const passing = named('passing', [
  malloc(0, 1, 0),
  realloc(0, 2, 1),
  realloc(0, 3, 1),
  free(0, 2),
  malloc(0, 4, 2),
  free(0, 0),
]);
const options = { workers: 4, handover: 0.5, seed: 1 };

describe('a plan', () => {
  it('has a lane per recorded thread, each with its own events in order', () => {
    const plan = makePlan([one, passing], options);
    expect(plan.lanes.map(({ trace, thread, events }) => [trace, thread, [...events]])).toEqual([
      [0, 0, [0, 1, 2, 3]],
      [1, 0, [0, 5]],
      [1, 1, [1, 2]],
      [1, 2, [3, 4]],
    ]);
    expect(recordedThreads([one, passing])).toBe(4);
  });

  it('numbers the passing of slots between lanes', () => {
    const [trace] = makePlan([passing], { ...options, workers: 2 }).traces;
    expect([...trace.turn]).toEqual([0, 1, 1, 2, 2, 3]);
    const flags = [...trace.op].map((op) => [(op & TAKES_TURN) !== 0, (op & PASSES_TURN) !== 0]);
    expect(flags).toEqual([
      [false, true],
      [true, false],
      [false, true],
      [true, false],
      [false, true],
      [true, false],
    ]);
  });

  it('leaves a single thread without turns', () => {
    const [trace] = makePlan([one], { ...options, workers: 1 }).traces;
    expect([...trace.op]).toEqual([0, 0, 1, 3]);
  });

  it('replays in any order of its lanes without an event that finds its slot wrong', () => {
    const steps = fc.array(fc.record({ thread: fc.nat(4), slot: fc.nat(5), move: fc.boolean() }), {
      maxLength: 120,
    });
    fc.assert(
      fc.property(steps, fc.infiniteStream<number>(fc.nat()), (program, choices) => {
        const full = new Set<number>();
        const events = program.map(({ thread, slot, move }) => {
          if (!full.has(slot)) {
            full.add(slot);
            return malloc(slot, 8, thread);
          }
          if (move) return realloc(slot, 9, thread);
          full.delete(slot);
          return free(slot, thread);
        });
        const plan = makePlan([named('any', events, 5)], options);
        const order = replayInAnyOrder(plan, () => choices.next().value as number);
        expect(order).toHaveLength(events.length);
        for (let slot = 0; slot < 6; slot++) {
          const replayed = order.filter((event) => events[event].slot === slot);
          expect(replayed).toEqual(replayed.toSorted((a, b) => a - b));
        }
      }),
      propertyRuns(200),
    );
  });

  it('names blocks so that each name says its trace and event', () => {
    const { traces } = makePlan([one, passing], options);
    expect(traces.map(({ firstName }) => firstName)).toEqual([0, 4]);
    expect([0, 3, 4, 9].map((name) => traceOfName(traces, name))).toEqual([0, 0, 1, 1]);
    expect(describeName(traces, 6)).toBe('passing event 2 (3 bytes)');
    expect(describeName(traces, 2)).toBeUndefined(); // a free fills nothing
    expect(describeName(traces, 10)).toBeUndefined();
  });
});

describe('workers', () => {
  const spread = (workers: number) =>
    makePlan([one, passing], { ...options, workers }).workers.map(({ trace, lanes }) => ({
      trace,
      lanes,
    }));

  it('take a lane each where there are enough', () => {
    expect(spread(4)).toEqual([
      { trace: 0, lanes: [0] },
      { trace: 1, lanes: [1] },
      { trace: 1, lanes: [2] },
      { trace: 1, lanes: [3] },
    ]);
  });

  it('share the lanes of one trace where there are few', () => {
    expect(spread(2)).toEqual([
      { trace: 0, lanes: [0] },
      { trace: 1, lanes: [1, 2, 3] },
    ]);
    expect(spread(3)).toEqual([
      { trace: 0, lanes: [0] },
      { trace: 1, lanes: [1, 3] },
      { trace: 1, lanes: [2] },
    ]);
  });

  it('only free where there are more than lanes', () => {
    expect(spread(6).slice(4)).toEqual([
      { trace: undefined, lanes: [] },
      { trace: undefined, lanes: [] },
    ]);
  });
});

/** Runs lanes one event at a time, any one that may run; returns the events in that order. */
function replayInAnyOrder(plan: ReturnType<typeof makePlan>, choose: () => number): number[] {
  const [{ op, slot, turn, slotTurn }] = plan.traces;
  const next = plan.lanes.map(() => 0);
  const order: number[] = [];
  for (;;) {
    const ready = plan.lanes.flatMap(({ events }, lane) => {
      const event = events[next[lane]];
      const waits = (op[event] & TAKES_TURN) !== 0 && slotTurn[slot[event]] !== turn[event];
      return event === undefined || waits ? [] : [{ lane, event }];
    });
    if (ready.length === 0) return order;
    const { lane, event } = ready[choose() % ready.length];
    next[lane]++;
    order.push(event);
    if ((op[event] & PASSES_TURN) !== 0) slotTurn[slot[event]] = turn[event] + 1;
  }
}
