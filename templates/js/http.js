// SPDX-License-Identifier: Apache-2.0
// Procedures over HTTP: where there is no socket, and for what is too large for one.

import { currentToken } from "./connection.js";
import { DynrError, errorOf } from "./errors.js";

/** A query goes with GET, so that caches see it, while its address stays below what proxies take. */
const MAX_ADDRESS = 2_000;
/** How long an answer may take. Milliseconds. */
const PATIENCE = 30_000;

export class Http {
    /** @param {object} options base ("https://host"), fetch, token, caller, clock */
    constructor(options) {
        this.options = options;
    }

    /**
     * Runs a procedure; resolves to {out, v}. Rejects with a DynrError: UNREACHABLE with `retry` where nobody answered.
     * @param {{path: string, in: unknown, mutation: boolean, key?: string, ids?: string[], signal?: AbortSignal}} call
     */
    async run(call) {
        const { base, fetch, clock } = this.options;
        const abort = new AbortController();
        const onAbort = () => abort.abort();
        call.signal?.addEventListener("abort", onAbort);
        const timer = clock.setTimeout(onAbort, PATIENCE);
        try {
            const input = call.in === undefined ? "" : JSON.stringify(call.in);
            const address = `${base}/rpc/${encodeURIComponent(call.path)}`;
            const get = call.mutation ? "" : `${address}${input === "" ? "" : `?input=${encodeURIComponent(input)}`}`;
            const isGet = !call.mutation && get.length <= MAX_ADDRESS;
            const headers = await unlessAborted(this.headers(call, !isGet), abort.signal);
            const init = { method: isGet ? "GET" : "POST", headers, signal: abort.signal };
            if (!isGet) init.body = input === "" ? "{}" : input;
            return await answerOf(await fetch(isGet ? get : address, init));
        } catch (cause) {
            if (cause instanceof DynrError) throw cause;
            if (call.signal?.aborted) throw new DynrError("ABORTED", "the call was given up", { cause });
            throw new DynrError("UNREACHABLE", `${base} does not answer`, { cause, retry: true });
        } finally {
            clock.clearTimeout(timer);
            call.signal?.removeEventListener("abort", onAbort);
        }
    }

    async headers(call, hasBody) {
        const { text } = await currentToken(this.options.token);
        const caller = text === undefined ? this.options.caller?.() : undefined;
        return {
            accept: "application/json",
            ...(hasBody ? { "content-type": "application/json" } : {}),
            ...(text === undefined ? {} : { authorization: `Bearer ${text}` }),
            ...(caller === undefined ? {} : { "dynr-caller": ascii(JSON.stringify(caller)) }),
            ...(call.key === undefined ? {} : { "idempotency-key": call.key }),
            ...(call.ids?.length > 0 ? { "dynr-ids": call.ids.join(",") } : {}),
        };
    }
}

/** A token provider may never answer. */
function unlessAborted(promise, signal) {
    const aborted = new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new DynrError("UNREACHABLE", "there was no token in time", { retry: true })));
    });
    return Promise.race([promise, aborted]);
}

/** JSON text with escapes for what headers cannot hold. */
const ascii = (json) => json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** The body is the output; a header has the position of the last write. */
async function answerOf(response) {
    const text = await response.text();
    let body;
    try {
        body = JSON.parse(text);
    } catch (cause) {
        // A gateway's page: the server itself speaks JSON, also when it is unwell.
        throw new DynrError("BAD_ANSWER", `the server answered ${response.status} without JSON`,
            { cause, retry: response.status >= 500 });
    }
    if (!response.ok) throw errorOf(body?.error ?? {});
    return { out: body, v: Number(response.headers.get("dynr-position") ?? 0) };
}
