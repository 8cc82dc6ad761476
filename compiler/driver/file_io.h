/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where the compiler touches the file system. */
#ifndef DYN_DRIVER_FILE_IO_H
#define DYN_DRIVER_FILE_IO_H

#include "dynr/arena.h"

/** Reads a whole file ("-": standard input) of at most `limit` + 1 bytes. False with a reason for people. */
bool dyn_file_read(struct dynr_arena *arena, const char *path, size_t limit, struct dynr_str *out,
                   struct dynr_str *out_reason);

enum dyn_write_result {
    DYN_FILE_WRITTEN,
    DYN_FILE_UNCHANGED,
    DYN_FILE_FAILED
};

/**
 * Writes a file through a temporary one in the same folder and a rename, and only when its content differs, so that
 * readers never see half a file and build systems see no needless change. Folders on the way are created. The content is the
 * parts one behind the other.
 */
enum dyn_write_result dyn_file_write(struct dynr_arena *arena, const char *path,
                                     const struct dynr_str *parts, size_t n_parts,
                                     struct dynr_str *out_reason);

/** `base` + "/" + `name`, or `name` alone for an empty or "." base. NUL-terminated. */
struct dynr_str dyn_path_join(struct dynr_arena *arena, struct dynr_str base, struct dynr_str name);
/** The part before the last '/', or "". */
struct dynr_str dyn_path_folder(struct dynr_str path);
/** The part after the last '/'. */
struct dynr_str dyn_path_base(struct dynr_str path);
/** Resolves "." and ".." textually: "a/./b/../c" is "a/c". */
struct dynr_str dyn_path_normalise(struct dynr_arena *arena, struct dynr_str path);

#endif
