/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store against its model (world.h): undisturbed, in memory and in a file; killed at any moment; with the power cut at any moment.
 * Tables are made, changed, copied and deleted meanwhile, items expire.
 *
 * Usage: test-lifecycle [seed [operations [rounds]]]; operations undisturbed, rounds of kills and of cuts.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cut_vfs.h"
#include "world.h"

enum {
    BATCH = 100
};

static uint64_t first_seed = 20261120;
static long long n_operations = 3000;
static int n_rounds = 12;
static char path[512];

static void new_path(const char *name)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    const char *folder = getenv("TMPDIR");
    (void)snprintf(path, sizeof path, "%s/dynr-lifecycle-%s-%ld", folder == NULL ? "/tmp" : folder,
                   name, (long)getpid());
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char file[560];
        (void)snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
        (void)unlink(file);
    }
}

static bool open_loudly(struct world *world)
{
    enum dynr_status status = world_open(world);
    if (status != DYNR_OK) {
        (void)fprintf(stderr, "%s\n", world->err.message);
    }
    return DYNR_ASSERT_STATUS(status, DYNR_OK);
}

/* ---- undisturbed ---- */

static void run_undisturbed(const char *store_path, bool has_thread)
{
    static struct world world;
    struct world_model attempted;
    world_init(&world, store_path, first_seed);
    world.has_thread = has_thread;
    bool ok = open_loudly(&world);
    for (long long i = 0; ok && i < n_operations; i++) {
        ok = world_step(&world, &attempted) == WORLD_DONE;
        if (ok && i % BATCH == BATCH - 1) {
            ok = world_check(&world);
        }
        if (!ok) {
            (void)fprintf(stderr, "seed %llu, operation %lld\n", (unsigned long long)first_seed, i);
        }
    }
    world_cleanup(&world);
}

static void memory_is_as_the_model(void)
{
    run_undisturbed(NULL, false);
}

static void a_file_is_as_the_model(void)
{
    new_path("file");
    run_undisturbed(path, false);
    (void)unlink(path);
}

static void a_file_that_maintains_itself_is_as_the_model(void)
{
    new_path("thread");
    run_undisturbed(path, true);
    (void)unlink(path);
}

/* ---- after a kill or a cut ---- */

/*
 * The store holds either what was acknowledged, or that and the operation that was under way. What was interrupted goes on: fills, and
 * what has expired by then.
 */
static bool settle(struct world *world, struct world_model *attempted)
{
    struct world_model acknowledged = world->model;
    acknowledged.now_s = attempted->now_s;
    atomic_store(&world->now_ms, attempted->now_s * 1000);
    if (!open_loudly(world)) {
        return false;
    }
    if (!world_maintain(world)) {
        (void)fprintf(stderr, "%s\n", world->err.message);
        return DYNR_ASSERT(false);
    }
    world_expire(&acknowledged);
    world_expire(attempted);
    world->model = world_matches(world, attempted, false) ? *attempted : acknowledged;
    bool ok = world_check(world);
    world_close(world);
    return ok;
}

/* ---- kills ---- */

/* Says how many operations are acknowledged, after each. */
static void run_child(struct world *world, int pipe_fd)
{
    struct world_model attempted;
    if (world_open(world) != DYNR_OK) {
        _exit(3);
    }
    for (uint64_t n = 1;; n++) {
        if (world_step(world, &attempted) != WORLD_DONE ||
            write(pipe_fd, &n, sizeof n) != (ssize_t)sizeof n) {
            _exit(2);
        }
    }
}

static uint64_t kill_one(struct world *world, uint64_t microseconds)
{
    int fds[2];
    uint64_t n = 0;
    int status = 0;
    DYNR_ASSERT_INT(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        (void)close(fds[0]);
        run_child(world, fds[1]);
    }
    (void)close(fds[1]);
    /* From the first answer on, so that the child is at work. */
    bool ok = read(fds[0], &n, sizeof n) == (ssize_t)sizeof n;
    struct timespec pause = {.tv_nsec = (long)(microseconds * 1000)};
    (void)nanosleep(&pause, NULL);
    (void)kill(child, SIGKILL);
    while (ok && read(fds[0], &n, sizeof n) == (ssize_t)sizeof n) {
    }
    (void)close(fds[0]);
    DYNR_ASSERT(waitpid(child, &status, 0) == child);
    DYNR_ASSERT(ok && WIFSIGNALED(status));
    return n;
}

static void kills_lose_nothing(void)
{
    static struct world world;
    uint64_t n_acknowledged = 0;
    new_path("kill");
    world_init(&world, path, first_seed);
    world.durability = DYNR_DURABILITY_NORMAL;
    world.has_thread = true;
    bool ok = open_loudly(&world);
    world_close(&world);
    for (int round = 0; ok && round < n_rounds; round++) {
        struct world_model attempted;
        uint64_t microseconds = dynr_test_random_below(&world.random, 60000);
        struct dynr_test_random random = world.random;
        uint64_t n = kill_one(&world, microseconds);
        /* What the child did, in the model alone. */
        world.random = random;
        for (uint64_t i = 0; ok && i < n; i++) {
            ok = DYNR_ASSERT_INT(world_step(&world, &attempted), WORLD_DONE);
        }
        struct world_model acknowledged = world.model;
        ok = ok && DYNR_ASSERT_INT(world_step(&world, &attempted), WORLD_DONE);
        world.model = acknowledged;
        ok = ok && settle(&world, &attempted);
        n_acknowledged += n;
        if (!ok) {
            (void)fprintf(stderr, "seed %llu, round %d, after %llu operations\n",
                          (unsigned long long)first_seed, round, (unsigned long long)n);
        }
    }
    (void)printf("# %d kills, %llu operations acknowledged\n", n_rounds,
                 (unsigned long long)n_acknowledged);
    world_cleanup(&world);
    (void)unlink(path);
}

/* ---- power cuts ---- */

static void cuts_lose_nothing(void)
{
    static struct world world;
    uint64_t n_acknowledged = 0;
    bool ok = DYNR_ASSERT(cut_vfs_register());
    new_path("cut");
    world_init(&world, path, first_seed);
    world.durability = DYNR_DURABILITY_FULL;
    world.has_thread = true;
    ok = ok && open_loudly(&world);
    world_close(&world);
    for (int round = 0; ok && round < n_rounds; round++) {
        struct world_model attempted = {0};
        enum world_progress progress = WORLD_DONE;
        world.vfs = CUT_VFS_NAME;
        ok = open_loudly(&world);
        cut_vfs_arm(1 + dynr_test_random_below(&world.random, 1500));
        while (ok && progress == WORLD_DONE) {
            progress = world_step(&world, &attempted);
            n_acknowledged++;
        }
        ok = ok && DYNR_ASSERT_INT(progress, WORLD_LOST);
        world_close(&world);
        ok = ok && DYNR_ASSERT(cut_vfs_restore(dynr_test_random_next(&world.random)));
        world.vfs = NULL;
        ok = ok && settle(&world, &attempted);
        if (!ok) {
            (void)fprintf(stderr, "seed %llu, round %d\n", (unsigned long long)first_seed, round);
        }
    }
    (void)printf("# %d cuts, %llu operations\n", n_rounds, (unsigned long long)n_acknowledged);
    world_cleanup(&world);
    (void)unlink(path);
}

int main(int argc, char **argv)
{
    static const struct dynr_test tests[] = {
        DYNR_TEST(memory_is_as_the_model),
        DYNR_TEST(a_file_is_as_the_model),
        DYNR_TEST(a_file_that_maintains_itself_is_as_the_model),
        DYNR_TEST(kills_lose_nothing),
        DYNR_TEST(cuts_lose_nothing),
    };
    if (argc > 1) {
        first_seed = strtoull(argv[1], NULL, 10);
    }
    if (argc > 2) {
        n_operations = strtoll(argv[2], NULL, 10);
    }
    if (argc > 3) {
        n_rounds = (int)strtol(argv[3], NULL, 10);
    }
    return dynr_test_main("lifecycle", tests, DYNR_TEST_COUNT(tests));
}
