/* SPDX-License-Identifier: Apache-2.0 */
#include "cut_vfs.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test_tools.h"

enum {
    MOST_FILES = 8,
    SECTOR = 512
};

struct unsynced {
    struct unsynced *next;
    sqlite3_int64 offset;
    /* A truncation to `offset` where there are no bytes. */
    int n_bytes;
    char bytes[];
};

struct disk_file {
    char path[512];
    char *content;
    size_t size;
    struct unsynced *first;
    struct unsynced **last;
};

struct cut_file {
    sqlite3_file base;
    struct disk_file *disk;
    sqlite3_file *real;
};

static struct {
    pthread_mutex_t mutex;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    struct disk_file files[MOST_FILES];
    size_t n_files;
    uint64_t countdown;
    bool is_cut;
} cut = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct cut_file *)(void *)file)->real;
}

static struct disk_file *disk_of(sqlite3_file *file)
{
    return ((struct cut_file *)(void *)file)->disk;
}

/* ---- what the disk holds ---- */

static void apply(struct disk_file *disk, const struct unsynced *change, int n_bytes)
{
    size_t end = (size_t)change->offset + (size_t)n_bytes;
    if (change->n_bytes == 0) {
        if (disk->size > end) {
            disk->size = end;
        }
        return;
    }
    if (end > disk->size) {
        disk->content = realloc(disk->content, end);
        memset(disk->content + disk->size, 0, end - disk->size);
        disk->size = end;
    }
    memcpy(disk->content + change->offset, change->bytes, (size_t)n_bytes);
}

static void forget_changes(struct disk_file *disk)
{
    while (disk->first != NULL) {
        struct unsynced *change = disk->first;
        disk->first = change->next;
        free(change);
    }
    disk->last = &disk->first;
}

static void note_change(struct disk_file *disk, sqlite3_int64 offset, const void *bytes,
                        int n_bytes)
{
    struct unsynced *change = malloc(sizeof *change + (size_t)n_bytes);
    change->next = NULL;
    change->offset = offset;
    change->n_bytes = n_bytes;
    if (n_bytes > 0) {
        memcpy(change->bytes, bytes, (size_t)n_bytes);
    }
    *disk->last = change;
    disk->last = &change->next;
}

static void load_content(struct disk_file *disk)
{
    FILE *file = fopen(disk->path, "rb");
    if (file == NULL) {
        return;
    }
    (void)fseek(file, 0, SEEK_END);
    disk->size = (size_t)ftell(file);
    rewind(file);
    disk->content = malloc(disk->size + 1);
    disk->size = fread(disk->content, 1, disk->size, file);
    (void)fclose(file);
}

static struct disk_file *find_disk(const char *path)
{
    for (size_t i = 0; i < cut.n_files; i++) {
        if (strcmp(cut.files[i].path, path) == 0) {
            return &cut.files[i];
        }
    }
    if (cut.n_files == MOST_FILES) {
        return NULL;
    }
    struct disk_file *disk = &cut.files[cut.n_files++];
    memset(disk, 0, sizeof *disk);
    (void)snprintf(disk->path, sizeof disk->path, "%s", path);
    disk->last = &disk->first;
    load_content(disk);
    return disk;
}

/* Counts one disk operation; false when the power is gone. Called with the mutex held. */
static bool has_power(void)
{
    if (cut.countdown > 0 && --cut.countdown == 0) {
        cut.is_cut = true;
    }
    return !cut.is_cut;
}

/* ---- file methods ---- */

static int cut_close(sqlite3_file *file)
{
    int code = real_of(file)->pMethods->xClose(real_of(file));
    free(real_of(file));
    return code;
}

static int cut_read(sqlite3_file *file, void *bytes, int n_bytes, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, n_bytes, offset);
}

/* The write during which the power goes may reach the disk, too. */
static int cut_write(sqlite3_file *file, const void *bytes, int n_bytes, sqlite3_int64 offset)
{
    int code = SQLITE_IOERR_WRITE;
    (void)pthread_mutex_lock(&cut.mutex);
    if (!cut.is_cut && disk_of(file) != NULL) {
        note_change(disk_of(file), offset, bytes, n_bytes);
    }
    if (has_power()) {
        code = real_of(file)->pMethods->xWrite(real_of(file), bytes, n_bytes, offset);
    }
    (void)pthread_mutex_unlock(&cut.mutex);
    return code;
}

static int cut_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = SQLITE_IOERR_TRUNCATE;
    (void)pthread_mutex_lock(&cut.mutex);
    if (has_power()) {
        if (disk_of(file) != NULL) {
            note_change(disk_of(file), size, NULL, 0);
        }
        code = real_of(file)->pMethods->xTruncate(real_of(file), size);
    }
    (void)pthread_mutex_unlock(&cut.mutex);
    return code;
}

static int cut_sync(sqlite3_file *file, int flags)
{
    struct disk_file *disk = disk_of(file);
    int code = SQLITE_IOERR_FSYNC;
    (void)flags;
    (void)pthread_mutex_lock(&cut.mutex);
    if (has_power()) {
        for (const struct unsynced *change = disk == NULL ? NULL : disk->first; change != NULL;
             change = change->next) {
            apply(disk, change, change->n_bytes);
        }
        if (disk != NULL) {
            forget_changes(disk);
        }
        code = SQLITE_OK;
    }
    (void)pthread_mutex_unlock(&cut.mutex);
    return code;
}

static int cut_file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int cut_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int cut_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int cut_check_lock(sqlite3_file *file, int *out)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out);
}

static int cut_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int cut_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int cut_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int cut_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, out);
}

static int cut_shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}

static void cut_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int cut_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = cut_close,
    .xRead = cut_read,
    .xWrite = cut_write,
    .xTruncate = cut_truncate,
    .xSync = cut_sync,
    .xFileSize = cut_file_size,
    .xLock = cut_lock,
    .xUnlock = cut_unlock,
    .xCheckReservedLock = cut_check_lock,
    .xFileControl = cut_control,
    .xSectorSize = cut_sector_size,
    .xDeviceCharacteristics = cut_characteristics,
    .xShmMap = cut_shm_map,
    .xShmLock = cut_shm_lock,
    .xShmBarrier = cut_shm_barrier,
    .xShmUnmap = cut_shm_unmap,
};

/* ---- VFS methods: the others are the real one's ---- */

static int cut_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags,
                    int *out_flags)
{
    struct cut_file *own = (struct cut_file *)(void *)file;
    (void)vfs;
    own->base.pMethods = NULL;
    own->disk = NULL;
    own->real = calloc(1, (size_t)cut.real->szOsFile);
    if (own->real == NULL) {
        return SQLITE_NOMEM;
    }
    if (path != NULL &&
        (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0) {
        (void)pthread_mutex_lock(&cut.mutex);
        own->disk = find_disk(path);
        (void)pthread_mutex_unlock(&cut.mutex);
    }
    int code = cut.real->xOpen(cut.real, path, own->real, flags, out_flags);
    if (code != SQLITE_OK) {
        free(own->real);
        return code;
    }
    own->base.pMethods = &methods;
    return SQLITE_OK;
}

static int cut_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    int code = SQLITE_IOERR_DELETE;
    (void)vfs;
    (void)pthread_mutex_lock(&cut.mutex);
    if (has_power()) {
        struct disk_file *disk = find_disk(path);
        if (disk != NULL) {
            forget_changes(disk);
            disk->size = 0;
        }
        code = cut.real->xDelete(cut.real, path, sync);
    }
    (void)pthread_mutex_unlock(&cut.mutex);
    return code;
}

static int cut_access(sqlite3_vfs *vfs, const char *path, int flags, int *out)
{
    (void)vfs;
    return cut.real->xAccess(cut.real, path, flags, out);
}

static int cut_full_path(sqlite3_vfs *vfs, const char *path, int size, char *out)
{
    (void)vfs;
    return cut.real->xFullPathname(cut.real, path, size, out);
}

bool cut_vfs_register(void)
{
    if (sqlite3_initialize() != SQLITE_OK) {
        return false;
    }
    cut.real = sqlite3_vfs_find(NULL);
    cut.vfs = *cut.real;
    cut.vfs.pNext = NULL;
    cut.vfs.zName = CUT_VFS_NAME;
    cut.vfs.szOsFile = (int)sizeof(struct cut_file);
    cut.vfs.xOpen = cut_open;
    cut.vfs.xDelete = cut_delete;
    cut.vfs.xAccess = cut_access;
    cut.vfs.xFullPathname = cut_full_path;
    return sqlite3_vfs_register(&cut.vfs, 0) == SQLITE_OK;
}

void cut_vfs_arm(uint64_t n)
{
    (void)pthread_mutex_lock(&cut.mutex);
    cut.countdown = n;
    (void)pthread_mutex_unlock(&cut.mutex);
}

bool cut_vfs_is_cut(void)
{
    (void)pthread_mutex_lock(&cut.mutex);
    bool is_cut = cut.is_cut;
    (void)pthread_mutex_unlock(&cut.mutex);
    return is_cut;
}

/* ---- after the cut ---- */

static void apply_some(struct disk_file *disk, struct dynr_test_random *random)
{
    uint64_t mode = dynr_test_random_below(random, 3);
    for (const struct unsynced *change = disk->first; change != NULL && mode > 0;
         change = change->next) {
        /* 1: the first ones; 2: any. */
        bool reaches_disk = dynr_test_random_below(random, mode == 1 ? 8 : 2) != 0;
        bool is_torn = change->n_bytes > SECTOR && dynr_test_random_below(random, 8) == 0;
        if (reaches_disk) {
            uint64_t n_sectors = (uint64_t)change->n_bytes / SECTOR;
            apply(disk, change,
                  is_torn ? (int)(1 + dynr_test_random_below(random, n_sectors)) * SECTOR
                          : change->n_bytes);
        } else if (mode == 1) {
            break;
        }
    }
}

bool cut_vfs_restore(uint64_t seed)
{
    struct dynr_test_random random = {.state = seed | 1};
    bool is_written = true;
    (void)pthread_mutex_lock(&cut.mutex);
    for (size_t i = 0; i < cut.n_files; i++) {
        struct disk_file *disk = &cut.files[i];
        apply_some(disk, &random);
        forget_changes(disk);
        (void)unlink(disk->path);
        FILE *file = disk->size == 0 ? NULL : fopen(disk->path, "wb");
        if (file != NULL) {
            is_written = fwrite(disk->content, 1, disk->size, file) == disk->size && is_written;
            is_written = fclose(file) == 0 && is_written;
        }
        free(disk->content);
        char shared_memory[600];
        (void)snprintf(shared_memory, sizeof shared_memory, "%s-shm", disk->path);
        (void)unlink(shared_memory);
    }
    cut.n_files = 0;
    cut.countdown = 0;
    cut.is_cut = false;
    (void)pthread_mutex_unlock(&cut.mutex);
    return is_written;
}
