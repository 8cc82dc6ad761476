/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the number in the first line of an answer (RFC 9110, section 15). */
#ifndef DYNR_HTTP_REASON_H
#define DYNR_HTTP_REASON_H

/** "Not Found" for 404; "Error" for a status that nobody answers with here. */
const char *dynr_http_reason(int status);

#endif
