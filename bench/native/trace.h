/* Reads an unpacked trace into flat arrays. The file was checked by whoever unpacked it. */
#ifndef HAKMEM_BENCH_TRACE_H
#define HAKMEM_BENCH_TRACE_H

#include "common.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MALLOC, FREE, REALLOC, CALLOC };

static uint8_t *ops;
static uint16_t *event_threads;
static uint32_t *event_slots, *sizes;
static void **blocks;
static long events, slots;
static uint64_t stated_peak;

static uint64_t varint(const uint8_t **at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    uint8_t byte = *(*at)++;
    value |= (uint64_t)(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

static void *map(size_t bytes, int file) {
  int flags = file < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_PRIVATE;
  void *memory = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE, flags, file, 0);
  if (memory == MAP_FAILED) {
    perror("mmap");
    exit(1);
  }
  return memory;
}

/* Everything that the replay itself needs is mapped, so that the allocator sees the trace alone. */
static void load(const char *path) {
  int file = open(path, O_RDONLY);
  struct stat about;
  if (file < 0 || fstat(file, &about) != 0) {
    perror(path);
    exit(1);
  }
  uint8_t *bytes = map((size_t)about.st_size, file);
  uint32_t slot_count;
  uint64_t event_count;
  memcpy(&slot_count, bytes + 12, 4);
  memcpy(&event_count, bytes + 16, 8);
  memcpy(&stated_peak, bytes + 24, 8);
  slots = slot_count;
  events = (long)event_count;
  event_threads = map((size_t)events * 2, -1);
  ops = map((size_t)events, -1);
  event_slots = map((size_t)events * 4, -1);
  sizes = map((size_t)events * 4, -1);
  blocks = map((size_t)slots * sizeof *blocks, -1);
  memset(blocks, 0, (size_t)slots * sizeof *blocks);
  const uint8_t *at = bytes + 32;
  for (long i = 0; i < events; i++) {
    uint64_t key = varint(&at);
    ops[i] = (uint8_t)(key & 3);
    event_threads[i] = (uint16_t)(key >> 2);
    event_slots[i] = (uint32_t)varint(&at);
    sizes[i] = ops[i] == FREE ? 0 : (uint32_t)varint(&at);
  }
  munmap(bytes, (size_t)about.st_size + 1);
  close(file);
}

/* What the traced program does with an event's slot; a block's first byte is touched. */
static inline __attribute__((always_inline)) void perform(long i, int every_byte) {
  uint32_t slot = event_slots[i], size = sizes[i];
  char *block;
  switch (ops[i]) {
  case FREE:
    free(blocks[slot]);
    blocks[slot] = NULL;
    return;
  case MALLOC: block = malloc(size); break;
  case REALLOC: block = realloc(blocks[slot], size); break;
  default: block = calloc(1, size);
  }
  if (every_byte) memset(block, 1, size);
  else *(volatile char *)block = 1;
  blocks[slot] = block;
}

#endif
