/* The clock of a server that a test sets: gettimeofday, which Redis tells the
 * time by, plus the seconds in the file CLOCK. Loaded by LD_PRELOAD. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

int gettimeofday(struct timeval *now, void *zone) {
    char text[32] = "";
    const char *path = getenv("CLOCK");
    int file = path ? open(path, O_RDONLY) : -1;
    if (file >= 0) {
        if (read(file, text, sizeof text - 1) < 0)
            text[0] = 0;
        close(file);
    }
    int result = syscall(SYS_gettimeofday, now, zone);
    now->tv_sec += atol(text);
    return result;
}
