// SPDX-License-Identifier: Apache-2.0
// Hooks over the client. Nothing suspends: what is not there yet is a status. Procedures are passed as they are,
// `useSubscription(client.todos.list, { list })`, so that their types come along.

import { createContext, createElement, useCallback, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { canonical } from "./codec.js";

const ClientContext = createContext(undefined);

/** Gives the client to useClient and useConnectionState below it. */
export function DynrProvider({ client, children }) {
    return createElement(ClientContext.Provider, { value: client }, children);
}

export function useClient() {
    const client = useContext(ClientContext);
    if (client === undefined) throw new Error("useClient needs a <DynrProvider client={...}> above it");
    return client;
}

/** As the input of a hook: nothing is asked for yet. */
export const skip = Symbol("skip");

const IDLE = Object.freeze({ status: "idle", data: undefined, error: undefined });
const IDLE_WATCH = { subscribe: () => () => {}, get: () => IDLE, getInitial: () => IDLE, retry: () => {} };

/** The input, the same object as long as it means the same. */
function useStableInput(input) {
    const held = useRef({ text: undefined, input });
    const text = input === skip ? "skip" : canonical(input ?? null);
    if (held.current.text !== text) held.current = { text, input };
    return held.current.input;
}

/** A live query: {data, error, status, retry}. */
export function useSubscription(procedure, input) {
    const stable = useStableInput(input);
    const watch = useMemo(() => (stable === skip ? IDLE_WATCH : procedure.watch(stable)), [procedure, stable]);
    const state = useSyncExternalStore(watch.subscribe, watch.get, watch.getInitial);
    return useMemo(() => ({ ...state, retry: watch.retry }), [state, watch]);
}

const FETCHING = Object.freeze({ status: "loading", data: undefined, error: undefined });

/** What may not be seen any more is not shown any more. */
const isShut = (error) => error.code === "DENIED" || error.code === "UNAUTHENTICATED";

/** A query run once for each input, and again on `refetch`: {data, error, status, refetch}. What it had of this input stays until then. */
export function useQuery(procedure, input) {
    const stable = useStableInput(input);
    const [round, setRound] = useState(0);
    /** Of which procedure and input the state is: that of others is not shown, not even once. */
    const [held, setHeld] = useState({ procedure: undefined, input: undefined, state: FETCHING });
    useEffect(() => {
        if (stable === skip) return undefined;
        const given = new AbortController();
        const show = (next) => given.signal.aborted || setHeld((before) => {
            const data = before.procedure === procedure && before.input === stable ? before.state.data : undefined;
            return { procedure, input: stable, state: next(data) };
        });
        show((data) => (data === undefined ? FETCHING : { status: "loading", data, error: undefined }));
        procedure.query(stable, { signal: given.signal }).then(
            (data) => show(() => ({ status: "success", data, error: undefined })),
            (error) => show((data) => ({ status: "error", data: isShut(error) ? undefined : data, error })),
        );
        return () => given.abort();
    }, [procedure, stable, round]);
    const refetch = useCallback(() => setRound((before) => before + 1), []);
    const isOwn = held.procedure === procedure && held.input === stable;
    const state = stable === skip ? IDLE : isOwn ? held.state : FETCHING;
    return useMemo(() => ({ ...state, refetch }), [state, refetch]);
}

const UNCALLED = Object.freeze({ pending: false, data: undefined, error: undefined });

/**
 * A mutation: {mutate, mutateAsync, pending, data, error, reset}. `mutate` never throws (look at `error`); `mutateAsync` is the
 * promise. Of several calls `data` and `error` are the latest one's.
 */
export function useMutation(procedure, options = {}) {
    const [state, setState] = useState(UNCALLED);
    const latest = useRef(0);
    const callbacks = useRef(options);
    useEffect(() => {
        callbacks.current = options;
    });
    const mutateAsync = useCallback(async (input, mutateOptions) => {
        const round = ++latest.current;
        const settle = (next) => round === latest.current && setState(next);
        setState((before) => ({ ...before, pending: true, error: undefined }));
        try {
            const data = await procedure.mutate(input, mutateOptions);
            settle({ pending: false, data, error: undefined });
            callbacks.current.onSuccess?.(data, input);
            return data;
        } catch (error) {
            settle({ pending: false, data: undefined, error });
            callbacks.current.onError?.(error, input);
            throw error;
        }
    }, [procedure]);
    const mutate = useCallback((input, mutateOptions) => {
        mutateAsync(input, mutateOptions).catch(() => {
            // It stands in `error`, and onError was called.
        });
    }, [mutateAsync]);
    const reset = useCallback(() => {
        latest.current++;
        setState(UNCALLED);
    }, []);
    return useMemo(() => ({ ...state, mutate, mutateAsync, reset }), [state, mutate, mutateAsync, reset]);
}

const idleState = Object.freeze({ status: "idle" });

/** {status, error, retryAt} of the connection. */
export function useConnectionState() {
    const { $connection } = useClient();
    return useSyncExternalStore($connection.subscribe, $connection.get, () => idleState);
}
