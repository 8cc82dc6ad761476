// SPDX-License-Identifier: Apache-2.0
// What goes wrong, as values of one class: switch over `code`.

/** Codes that the client itself gives; all others are the server's. */
export const CLIENT_CODES = ["UNREACHABLE", "CLOSED", "ABORTED", "QUEUE_FULL", "BAD_ANSWER"];

export class DynrError extends Error {
    /**
     * @param {string} code one of CLIENT_CODES or a code of the server, as "NOT_FOUND"
     * @param {string} message for people
     * @param {{field?: string, retry?: boolean, cause?: unknown}} [details]
     */
    constructor(code, message, details = {}) {
        super(message, details.cause === undefined ? undefined : { cause: details.cause });
        this.name = "DynrError";
        this.code = code;
        this.retry = details.retry === true;
        if (details.field !== undefined) this.field = details.field;
    }
}

/** The error of an `error` message, or of the body of an HTTP answer. */
export function errorOf(message) {
    return new DynrError(String(message.code ?? "BAD_ANSWER"), String(message.message ?? "the server gave no reason"), {
        field: message.field,
        retry: message.retry,
    });
}

/** Hands an error that nobody waits for to the page or to Node, as an uncaught one, without breaking the caller's work. */
export function reportUncaught(error) {
    queueMicrotask(() => {
        throw error;
    });
}
