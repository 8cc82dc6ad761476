/* SPDX-License-Identifier: Apache-2.0 */
/* From a request line to an answer: libmicrohttpd's callbacks. */
#ifndef DYNR_ENDPOINT_REQUEST_H
#define DYNR_ENDPOINT_REQUEST_H

#include "endpoint/endpoint.h"

/** MHD_AccessHandlerCallback; `context` is the endpoint. */
enum MHD_Result dynr_endpoint_on_request(void *context, struct MHD_Connection *connection,
                                         const char *url, const char *method, const char *version,
                                         const char *upload, size_t *upload_size, void **request);

/** MHD_RequestCompletedCallback. */
void dynr_endpoint_on_completed(void *context, struct MHD_Connection *connection, void **request,
                                enum MHD_RequestTerminationCode reason);

/** MHD_NotifyConnectionCallback: makes and frees the exchange of a connection. */
void dynr_endpoint_on_connection(void *context, struct MHD_Connection *connection, void **state,
                                 enum MHD_ConnectionNotificationCode code);

/** MHD_OPTION_URI_LOG_CALLBACK: the request line's target, before it is split and decoded. */
void *dynr_endpoint_on_target(void *context, const char *target, struct MHD_Connection *connection);

#endif
