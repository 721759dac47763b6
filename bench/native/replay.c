/*
 * replay FILE WARMUP PASSES: replays an unpacked trace on one thread, touching each block's first
 * byte; what the trace leaves is freed between passes, outside the measured time.
 * replay FILE footprint: one pass that touches every byte, and how much resident memory grew, at most
 * and in the course of time.
 */
#include "trace.h"

static void replay(int every_byte) {
  for (long i = 0; i < events; i++) perform(i, every_byte);
}

static void free_leftovers(void) {
  for (long slot = 0; slot < slots; slot++) {
    free(blocks[slot]);
    blocks[slot] = NULL;
  }
}

/* How often a footprint looks at the resident memory; the twin in JavaScript does as often. */
#define SAMPLES 200

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
    double resident[SAMPLES];
    for (long sample = 0; sample < SAMPLES; sample++) {
      long end = events * (sample + 1) / SAMPLES;
      for (long i = events * sample / SAMPLES; i < end; i++) perform(i, 1);
      resident[sample] = status("VmRSS:") - before;
    }
    printf("{\"figure\": %.4f, \"used\": [", (status("VmHWM:") - before) / (double)stated_peak);
    for (long i = 0; i < SAMPLES; i++) printf(i == 0 ? "%.0f" : ", %.0f", resident[i]);
    printf("]}\n");
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
