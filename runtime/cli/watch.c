/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/watch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/say.h"

#define TICK_NS 200000000L
/* mkstemp's, behind a dot. */
#define RANDOM   6
#define MEGABYTE 1e6

/* ---- where it stands ---- */

static bool is_target(const struct dynr_cli_watch *watch, int fd, char *name, size_t size)
{
    char entry[48];
    size_t len = strlen(watch->target);
    (void)snprintf(entry, sizeof entry, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(entry, name, size - 1);
    if (len == 0 || n < 0 || (size_t)n != len + 1 + RANDOM) {
        return false;
    }
    name[n] = '\0';
    return memcmp(name, watch->target, len) == 0 && name[len] == '.';
}

static bool is_source(const struct dynr_cli_watch *watch, int fd, const struct stat *source)
{
    struct stat found;
    return atomic_load(&watch->has_source) && fd != watch->source && fstat(fd, &found) == 0 &&
           found.st_dev == source->st_dev && found.st_ino == source->st_ino;
}

/* The descriptor that is worked with, and where the target stands until it has its name. -1: there is none now. */
static int find_file(const struct dynr_cli_watch *watch, char *path, size_t size)
{
    struct stat source = {0};
    DIR *folder = opendir("/proc/self/fd");
    int found = -1;
    if (folder == NULL || (atomic_load(&watch->has_source) && fstat(watch->source, &source) != 0)) {
        if (folder != NULL) {
            (void)closedir(folder);
        }
        return -1;
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own. */
    for (const struct dirent *entry; found < 0 && (entry = readdir(folder)) != NULL;) {
        char *end = NULL;
        long fd = strtol(entry->d_name, &end, 10);
        if (end != entry->d_name && *end == '\0' &&
            (is_target(watch, (int)fd, path, size) || is_source(watch, (int)fd, &source))) {
            found = (int)fd;
        }
    }
    (void)closedir(folder);
    return found;
}

static void print_progress(const struct dynr_cli_watch *watch)
{
    char path[DYNR_WATCH_PATH_SIZE];
    struct stat found;
    double done = (double)atomic_load(&watch->n_done);
    double total = (double)atomic_load(&watch->n_total);
    int fd = find_file(watch, path, sizeof path);
    if (fd >= 0) {
        off_t position = lseek(fd, 0, SEEK_CUR);
        done = position < 0 ? 0 : (double)position;
        total =
            atomic_load(&watch->has_source) && fstat(fd, &found) == 0 ? (double)found.st_size : 0;
    }
    if (total > 0) {
        (void)fprintf(stderr, "\r\033[K%s: %.0f %%", watch->what, 100 * done / total);
    } else {
        (void)fprintf(stderr, "\r\033[K%s: %.1f MB", watch->what, done / MEGABYTE);
    }
}

/* ---- the thread ---- */

static void interrupted(const struct dynr_cli_watch *watch, int number)
{
    char path[DYNR_WATCH_PATH_SIZE];
    if (watch->target[0] != '\0' && find_file(watch, path, sizeof path) >= 0) {
        (void)unlink(path);
    }
    /* The store is as after a crash: what was not committed is not there. */
    (void)fprintf(stderr, "%s%s: interrupted\n", watch->is_loud ? "\r\033[K" : "", watch->what);
    _exit(128 + number);
}

static void *run(void *context)
{
    static const struct timespec tick = {0, TICK_NS};
    const struct dynr_cli_watch *watch = context;
    bool is_shown = false;
    for (;;) {
        int number = sigtimedwait(&watch->signals, NULL, &tick);
        if (number == SIGUSR1) {
            if (is_shown) {
                (void)fputs("\r\033[K", stderr);
            }
            return NULL;
        }
        if (number == SIGINT || number == SIGTERM) {
            interrupted(watch, number);
        }
        if (watch->is_loud) {
            print_progress(watch);
            is_shown = true;
        }
    }
}

/* As the kernel would show the file that is to be written. */
static void set_target(struct dynr_cli_watch *watch, const char *target)
{
    const char *slash = strrchr(target, '/');
    char folder[DYNR_WATCH_PATH_SIZE];
    (void)snprintf(folder, sizeof folder, "%.*s",
                   slash == NULL ? 1 : (int)(slash - target + (slash == target)),
                   slash == NULL ? "." : target);
    char *whole = realpath(folder, NULL);
    if (whole != NULL) {
        int len =
            snprintf(watch->target, sizeof watch->target, "%s/%s",
                     strcmp(whole, "/") == 0 ? "" : whole, slash == NULL ? target : slash + 1);
        if (len < 0 || (size_t)len >= sizeof watch->target - RANDOM - 2) {
            watch->target[0] = '\0';
        }
        free(whole);
    }
}

bool dynr_cli_watch_begin(struct dynr_cli_watch *watch, const char *verb, const char *table,
                          const char *target, bool is_quiet)
{
    memset(watch, 0, sizeof *watch);
    (void)snprintf(watch->what, sizeof watch->what, "%s %s", verb, table);
    watch->is_loud = !is_quiet && isatty(STDERR_FILENO) == 1;
    if (target != NULL) {
        set_target(watch, target);
    }
    /* Who reads standard output may go: writing then fails, and says so. */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)sigemptyset(&watch->signals);
    (void)sigaddset(&watch->signals, SIGINT);
    (void)sigaddset(&watch->signals, SIGTERM);
    (void)sigaddset(&watch->signals, SIGUSR1);
    /* Threads inherit it: the signals come to the one that waits for them. */
    if (pthread_sigmask(SIG_BLOCK, &watch->signals, NULL) != 0 ||
        pthread_create(&watch->thread, NULL, run, watch) != 0) {
        dynr_cli_fail("cannot watch signals");
        return false;
    }
    return true;
}

void dynr_cli_watch_end(struct dynr_cli_watch *watch)
{
    (void)pthread_kill(watch->thread, SIGUSR1);
    (void)pthread_join(watch->thread, NULL);
}
