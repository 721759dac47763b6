/*
 * replay FILE WARMUP PASSES: replays an unpacked trace on one thread, touching each block's first
 * byte; what the trace leaves is freed between passes, outside the measured time.
 * replay FILE footprint: one pass that touches every byte, and how much resident memory grew.
 * The file was checked by whoever unpacked it.
 */
#include "common.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MALLOC, FREE, REALLOC, CALLOC };

static uint8_t *ops;
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
  ops = map((size_t)events, -1);
  event_slots = map((size_t)events * 4, -1);
  sizes = map((size_t)events * 4, -1);
  blocks = map((size_t)slots * sizeof *blocks, -1);
  memset(blocks, 0, (size_t)slots * sizeof *blocks);
  const uint8_t *at = bytes + 32;
  for (long i = 0; i < events; i++) {
    ops[i] = (uint8_t)(varint(&at) & 3);
    event_slots[i] = (uint32_t)varint(&at);
    sizes[i] = ops[i] == FREE ? 0 : (uint32_t)varint(&at);
  }
  munmap(bytes, (size_t)about.st_size + 1);
  close(file);
}

static inline __attribute__((always_inline)) void replay(int every_byte) {
  for (long i = 0; i < events; i++) {
    uint32_t slot = event_slots[i], size = sizes[i];
    char *block;
    switch (ops[i]) {
    case FREE:
      free(blocks[slot]);
      blocks[slot] = NULL;
      continue;
    case MALLOC: block = malloc(size); break;
    case REALLOC: block = realloc(blocks[slot], size); break;
    default: block = calloc(1, size);
    }
    if (every_byte) memset(block, 1, size);
    else *(volatile char *)block = 1;
    blocks[slot] = block;
  }
}

static void free_leftovers(void) {
  for (long slot = 0; slot < slots; slot++) {
    free(blocks[slot]);
    blocks[slot] = NULL;
  }
}

/* A line of /proc/self/status, in bytes. */
static double status(const char *key) {
  FILE *file = fopen("/proc/self/status", "r");
  char line[256];
  long kilobytes = 0;
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    if (strncmp(line, key, strlen(key)) == 0) kilobytes = strtol(line + strlen(key), NULL, 10);
  }
  if (file != NULL) fclose(file);
  return (double)kilobytes * 1024;
}

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "%s: FILE WARMUP PASSES or FILE footprint\n", argv[0]);
    return 2;
  }
  load(argv[1]);
  if (strcmp(argv[2], "footprint") == 0) {
    FILE *reset = fopen("/proc/self/clear_refs", "w");
    if (reset != NULL) {
      fputs("5", reset); /* the peak starts again from here */
      fclose(reset);
    }
    double before = status("VmRSS:");
    replay(1);
    printf("{\"figure\": %.4f}\n", (status("VmHWM:") - before) / (double)stated_peak);
    return 0;
  }
  long warmup = number(argc, argv, 2), passes = number(argc, argv, 3);
  double seconds = 0;
  for (long pass = -warmup; pass < passes; pass++) {
    double start = seconds_now();
    replay(0);
    if (pass >= 0) seconds += seconds_now() - start;
    free_leftovers();
  }
  printf("{\"figure\": %.1f}\n", (double)events * (double)passes / seconds);
  return 0;
}
