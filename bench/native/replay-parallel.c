/*
 * replay-parallel FILE: the recorded threads of a trace are dealt out to the threads at hand, each of
 * which performs its events in order. Where two of them use one slot by turns, the later waits for the
 * earlier. A turn is one pass.
 */
#include "team.h"
#include "trace.h"

struct lane {
  long self, passes, count, stop_count;
  /* Its events, and which of them wait for another thread's or are awaited. */
  uint32_t *mine, *stops;
};

/* Per event: the event that it has to wait for plus one, and whether another waits for it. */
static uint32_t *waits;
static uint8_t *awaited;
/* Per slot: the pass and the event that was performed there last and is awaited. */
static atomic_long *progress;
/* Per slot: the lane of its last event, which frees what is left there. */
static uint16_t *last_lane;

static long lane_of(long event) { return event_threads[event] % team_threads; }

static void job_setup(void) {
  load(team_words[0]);
  waits = map_zeroed((size_t)events * 4);
  awaited = map_zeroed((size_t)events);
  progress = map_zeroed((size_t)slots * sizeof *progress);
  last_lane = map_zeroed((size_t)slots * 2);
  uint32_t *last = map_zeroed((size_t)slots * 4);
  for (long i = 0; i < events; i++) {
    uint32_t before = last[event_slots[i]];
    if (before != 0 && lane_of(before - 1) != lane_of(i)) {
      waits[i] = before;
      awaited[before - 1] = 1;
    }
    last[event_slots[i]] = (uint32_t)i + 1;
    last_lane[event_slots[i]] = (uint16_t)lane_of(i);
  }
}

static void *job_start(long self) {
  struct lane *lane = map_zeroed(sizeof *lane);
  lane->self = self;
  lane->mine = map_zeroed((size_t)events * 4);
  lane->stops = map_zeroed((size_t)events * 4);
  for (long i = 0; i < events; i++) {
    if (lane_of(i) != self) continue;
    if (waits[i] != 0 || awaited[i]) lane->stops[lane->stop_count++] = (uint32_t)lane->count;
    lane->mine[lane->count++] = (uint32_t)i;
  }
  return lane;
}

static void play(struct lane *lane, long from, long to) {
  for (long n = from; n < to; n++) perform(lane->mine[n], 0);
}

static void pass(struct lane *lane) {
  long base = lane->passes * events, from = 0;
  for (long stop = 0; stop < lane->stop_count; stop++) {
    long at = lane->stops[stop], i = lane->mine[at];
    atomic_long *cell = &progress[event_slots[i]];
    play(lane, from, at);
    if (waits[i] != 0) {
      for (int spin = 0; atomic_load_explicit(cell, memory_order_acquire) != base + waits[i];) {
        rest();
        if (++spin > TEAM_SPINS) sched_yield();
      }
    }
    play(lane, at, at + 1);
    if (awaited[i]) atomic_store_explicit(cell, base + i + 1, memory_order_release);
    from = at + 1;
  }
  play(lane, from, lane->count);
}

static long job_run(void *argument, long turns) {
  struct lane *lane = argument;
  for (long turn = 0; turn < turns; turn++, lane->passes++) {
    pass(lane);
    for (long slot = 0; slot < slots; slot++) {
      if (last_lane[slot] != lane->self || blocks[slot] == NULL) continue;
      free(blocks[slot]);
      blocks[slot] = NULL;
    }
    team_meet();
  }
  return turns * lane->count;
}

static uint32_t job_finish(void *argument) {
  return checksum((uint32_t)((struct lane *)argument)->count, SEED);
}
