/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a command and prints one line of JSON on the descriptor 3: wall time, CPU time, peak memory, exit status. A child's
 * peak memory counts what its parent had before exec, so that a script cannot measure small programs; this one is small.
 *
 * Usage: measure COMMAND [ARGUMENT...] 3>FILE
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    REPORT = 3,
    CANNOT_RUN = 127
};

static double milliseconds(struct timeval time)
{
    return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

int main(int argc, char **argv)
{
    struct timespec start;
    struct timespec end;
    struct rusage usage;
    int status = 0;
    if (argc < 2) {
        (void)fprintf(stderr, "usage: %s COMMAND [ARGUMENT...] 3>FILE\n", argv[0]);
        return 2;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child == 0) {
        (void)close(REPORT);
        (void)execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(CANNOT_RUN);
    }
    if (child < 0 || wait4(child, &status, 0, &usage) != child) {
        perror(argv[1]);
        return CANNOT_RUN;
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &end);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    double wall =
        (double)(end.tv_sec - start.tv_sec) * 1e3 + (double)(end.tv_nsec - start.tv_nsec) / 1e6;
    (void)dprintf(REPORT, "{\"wall_ms\":%.3f,\"cpu_ms\":%.3f,\"peak_kb\":%ld,\"status\":%d}\n",
                  wall, milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
                  usage.ru_maxrss, code);
    return code;
}
