// Loaded into PostgreSQL before its program, so that its clock can be set ahead while it runs. The file that
// CLOCK_SHIFT_FILE names holds the shift in milliseconds, as eight bytes. Monotonic clocks and timers stay.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift_ms;
static int (*right_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void open_shift(void) {
  right_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  const char *name = getenv("CLOCK_SHIFT_FILE");
  int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
  void *mapped = file < 0 ? MAP_FAILED : mmap(NULL, sizeof *shift_ms, PROT_READ, MAP_SHARED, file, 0);
  // A clock that is silently right would make the whole run worthless.
  if (mapped == MAP_FAILED || right_clock == NULL) abort();
  close(file);
  shift_ms = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
  int failed = right_clock(clock, at);
  if (failed == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
    int64_t nanoseconds = at->tv_nsec + *shift_ms % 1000 * 1000000;
    at->tv_sec += *shift_ms / 1000 + nanoseconds / 1000000000;
    at->tv_nsec = nanoseconds % 1000000000;
  }
  return failed;
}

int gettimeofday(struct timeval *at, void *zone) {
  (void)zone;
  struct timespec exact;
  if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
  at->tv_sec = exact.tv_sec;
  at->tv_usec = exact.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec exact;
  if (clock_gettime(CLOCK_REALTIME, &exact) != 0) return -1;
  if (at != NULL) *at = exact.tv_sec;
  return exact.tv_sec;
}
