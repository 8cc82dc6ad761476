/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Version of libdynr and of the contract that generated code is written against.
 */
#ifndef DYNR_VERSION_H
#define DYNR_VERSION_H

#define DYNR_VERSION_MAJOR  0
#define DYNR_VERSION_MINOR  1
#define DYNR_VERSION_PATCH  0
#define DYNR_VERSION_STRING "0.1.0"

/** The generated-code contract that this library implements (see gen.h). */
#define DYNR_GEN_ABI 5
/** The oldest generated-code contract that this library still accepts. */
#define DYNR_GEN_ABI_OLDEST 5

#ifdef __cplusplus
#    define DYNR_BEGIN_DECLS extern "C" {
#    define DYNR_END_DECLS   }
#else
#    define DYNR_BEGIN_DECLS
#    define DYNR_END_DECLS
#endif

#if defined(__GNUC__)
#    define DYNR_API __attribute__((visibility("default")))
#    define DYNR_PRINTF(format_index, first_argument)                                              \
        __attribute__((format(printf, format_index, first_argument)))
#    define DYNR_NODISCARD __attribute__((warn_unused_result))
#else
#    define DYNR_API
#    define DYNR_PRINTF(format_index, first_argument)
#    define DYNR_NODISCARD
#endif

#endif
