// SPDX-License-Identifier: Apache-2.0
// Types of client.js. `Api` is what dynrc writes into `<namespace>.d.ts`; with it every procedure has its own types.

/** What `<namespace>.d.ts` says about all procedures: path to kind, input and output. */
export interface AnyProcedure {
    kind: "query" | "mutation";
    input: unknown;
    output: unknown;
    watchable: boolean;
}

export interface AnyApi {
    readonly procedures: { [Path in string]: AnyProcedure } | object;
}

/** The platform's own, where its typings are there: a page's or Node's. */
type PlatformFetch = typeof globalThis extends { fetch: infer Fetch } ? Fetch : never;
type PlatformSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } } ? Signal : never;

/* ---- errors ---- */

/** Codes that the client gives itself. */
export type ClientCode = "UNREACHABLE" | "CLOSED" | "ABORTED" | "QUEUE_FULL" | "BAD_ANSWER";
/** Codes of the server. */
export type ServerCode =
    | "INVALID_ARGUMENT" | "NO_MEMORY" | "SYNTAX" | "TYPE" | "MISSING" | "RANGE" | "TOO_LARGE" | "NOT_FOUND" | "EXISTS"
    | "NOT_UNIQUE" | "CONFLICT" | "CONDITION_FAILED" | "TRANSACTION_CANCELED" | "TRANSACTION_CONFLICT" | "IDEMPOTENT_MISMATCH"
    | "NO_TABLE" | "TABLE_EXISTS" | "LIMIT" | "COLLECTION_TOO_LARGE" | "THROTTLED" | "UNKNOWN_PROCEDURE" | "DENIED"
    | "UNSUPPORTED" | "IO" | "CORRUPT" | "BUSY" | "ABI" | "INTERNAL" | "TRIMMED" | "UNAUTHENTICATED" | "TOO_MANY";

/** What every promise of a client rejects with. */
export declare class DynrError extends Error {
    constructor(code: ClientCode | ServerCode, message: string, details?: { field?: string; retry?: boolean; cause?: unknown });
    readonly name: "DynrError";
    readonly code: ClientCode | ServerCode;
    /** The same call may succeed later. */
    readonly retry: boolean;
    /** The argument that is wrong. */
    readonly field?: string;
}

/* ---- live queries ---- */

/** What a live query shows. `stale`: what was right when the connection broke, or was fetched before there was one. */
export type LiveState<Data> =
    | { readonly status: "loading"; readonly data: undefined; readonly error: undefined }
    | { readonly status: "live"; readonly data: Data; readonly error: undefined }
    | { readonly status: "stale"; readonly data: Data; readonly error: undefined }
    | { readonly status: "error"; readonly data: Data | undefined; readonly error: DynrError };

/** Deep `readonly`: what subscribers share nobody may change. Branded texts stay what they are. */
export type Shown<Data> = Data extends string | number | bigint | boolean | null | undefined ? Data
    : Data extends readonly (infer Element)[] ? readonly Shown<Element>[]
    : { readonly [Name in keyof Data]: Shown<Data[Name]> };

export interface JsonPatchOperation {
    readonly op: "add" | "remove" | "replace" | "move" | "copy" | "test";
    readonly path: string;
    readonly from?: string;
    readonly value?: unknown;
}

export interface Handlers<Data> {
    /** All that is shown, at first and after every change. Rows that did not change are the same objects as before. */
    onData?: (data: Data) => void;
    /**
     * DENIED: it shows nothing until the policy lets the caller in again, and then goes on by itself. Otherwise the subscription has
     * ended: `retry` begins it anew, and so does the next connection.
     */
    onError?: (error: DynrError) => void;
    onState?: (state: LiveState<Data>) => void;
    /**
     * The change as RFC 6902, minimal: a row that comes is one `add`, one that goes one `remove`, one that moves one `move`, a
     * member that changes one `replace`. The first one replaces the whole. 64-bit integers in values are bigints.
     */
    onJsonPatch?: (operations: readonly JsonPatchOperation[], data: Data) => void;
}

export interface Subscription<Data> {
    readonly get: () => LiveState<Data>;
    readonly retry: () => void;
    readonly unsubscribe: () => void;
}

/** A live query that starts with its first listener; all watches of the same input share one subscription. */
export interface Watch<Data> extends AsyncIterable<Data> {
    /** The same for equal inputs. */
    readonly key: string;
    readonly get: () => LiveState<Data>;
    /** What the server rendered, where it did. */
    readonly getInitial: () => LiveState<Data>;
    /** Calls `listener` after every change until the function that it returns is called. */
    readonly subscribe: (listener: (state: LiveState<Data>) => void) => () => void;
    readonly retry: () => void;
}

/* ---- procedures ---- */

/** Arguments of a method: the input may be left out where nothing in it is required. */
export type WithInput<Input, Rest extends unknown[]> = {} extends Input ? [input?: Input, ...rest: Rest] : [input: Input, ...rest: Rest];

/** What a live query of one row shows while there is none is `null`; `live` in the map says so where it may happen. */
export type LiveData<Procedure> = Procedure extends { live: infer Live } ? Shown<Live>
    : Procedure extends { output: infer Output } ? Shown<Output> : never;

export interface Query<Input, Output> {
    readonly path: string;
    /** Runs it once, over the socket or HTTP. */
    readonly query: (...args: WithInput<Input, [options?: { signal?: PlatformSignal }]>) => Promise<Output>;
    /** Runs it once, and keeps the output for `$dehydrate`: a server makes a client for each request. */
    readonly prefetch: (...args: WithInput<Input, []>) => Promise<Output>;
}

export interface LiveQuery<Input, Output, Data = Shown<Output>> extends Query<Input, Output> {
    readonly subscribe: (...args: WithInput<Input, [handlers?: Handlers<Data>]>) => Subscription<Data>;
    readonly watch: (...args: WithInput<Input, []>) => Watch<Data>;
}

/** A change that a mutation is expected to make, shown until the server has said what it made. Values as in rows. */
export type Effect =
    | { readonly model: string; readonly op: "create"; readonly key: object; readonly row: object }
    | { readonly model: string; readonly op: "update"; readonly key: object; readonly changes: object | ((row: never) => object) }
    | { readonly model: string; readonly op: "delete"; readonly key: object };

export interface MutateOptions<Input> {
    /** false: nothing is shown before the server says it. A function: effects of one's own. */
    optimistic?: boolean | ((input: Input, caller: object, ids: string[], now: string) => Effect[]);
}

export interface Mutation<Input, Output> {
    readonly path: string;
    /**
     * Runs it, once as long as the server remembers its key (docs/client.md, Mutations); offline it waits its turn. Resolves to the
     * output; rejects with a DynrError, and then nothing of it is left in sight.
     */
    readonly mutate: (...args: WithInput<Input, [options?: MutateOptions<Input>]>) => Promise<Output>;
}

export type ProcedureMethods<Procedure> =
    Procedure extends { kind: "mutation"; input: infer Input; output: infer Output } ? Mutation<Input, Output>
    : Procedure extends { watchable: true; input: infer Input; output: infer Output } ? LiveQuery<Input, Output, LiveData<Procedure>>
    : Procedure extends { input: infer Input; output: infer Output } ? Query<Input, Output>
    : never;

type Head<Path> = Path extends `${infer First}.${string}` ? First : Path;
type Below<Path, Prefix extends string> = Path extends `${Prefix}${infer Rest}` ? Rest : never;

/** Procedures by the parts of their paths. */
export type ProcedureTree<Procedures, Prefix extends string = ""> = {
    readonly [Name in Head<Below<keyof Procedures, Prefix>> & string]:
        `${Prefix}${Name}` extends keyof Procedures ? ProcedureMethods<Procedures[`${Prefix}${Name}`]>
        : ProcedureTree<Procedures, `${Prefix}${Name}.`>;
};

/* ---- the client ---- */

export type ConnectionState =
    | { readonly status: "idle"; readonly error?: never }
    | { readonly status: "connecting"; readonly attempt: number; readonly error?: DynrError }
    | { readonly status: "connected"; readonly error?: never }
    | { readonly status: "offline"; readonly error: DynrError; /** Milliseconds since 1970. */ readonly retryAt: number }
    /** The server did not take the token, nor another one: it is asked for again by retry(), renew(), and whoever wants something. */
    | { readonly status: "refused"; readonly error: DynrError }
    | { readonly status: "closed"; readonly error?: never };

export interface ConnectionHandle {
    readonly get: () => ConnectionState;
    readonly subscribe: (listener: (state: ConnectionState) => void) => () => void;
    /** Connects now rather than with the first subscription. */
    readonly start: () => void;
    /** Tries again now rather than at `retryAt`; after a server that said when it comes back, not before that. */
    readonly retry: () => void;
    /** Comes back with a fresh token, for instance after a login. */
    readonly renew: () => void;
}

/** What `$dehydrate` gives, JSON. */
export type Dehydrated = { readonly [key: string]: { readonly path: string; readonly out: unknown } };

/** A mutation that waits, JSON. */
export interface StoredCall {
    readonly path: string;
    readonly in: unknown;
    readonly key: string;
    readonly ids: readonly string[];
}

/** Where mutations wait that must survive the page. Calls come as a whole list, oldest first. */
export interface CallStorage {
    load(): StoredCall[] | Promise<StoredCall[]>;
    save(calls: StoredCall[]): void;
}

export type Token = string | undefined | { readonly token: string; /** Milliseconds since 1970; replaced 10 s before. */ readonly expiresAt: number };

/** What of the standard WebSocket the client uses. */
export interface SocketConstructor {
    new (url: string, protocol: string): {
        onopen: ((event: never) => void) | null;
        onmessage: ((event: never) => void) | null;
        onerror: ((event: never) => void) | null;
        onclose: ((event: never) => void) | null;
        send(text: string): void;
        close(): void;
    };
}

export interface ClientOptions {
    /** "https://app.example.com"; by default where the page is from. */
    url?: string;
    /** Where the socket is opened, if not at `url` + "/live". */
    socketUrl?: string;
    /** Who this is: asked before every connection and HTTP call. */
    token?: string | (() => Token | Promise<Token>);
    /** The caller as the schema's `context` has it: for optimistic updates, and for servers that trust callers in development. */
    caller?: object | (() => object | undefined);
    /** Where there is no global one (Node before 22), for instance from the package `ws`; null: never a socket. */
    WebSocket?: SocketConstructor | null;
    fetch?: PlatformFetch;
    /** false: never HTTP. */
    http?: boolean;
    /** How long a subscription is kept that nobody watches any more, milliseconds [2,000]. */
    linger?: number;
    /** How many mutations may wait [100]. */
    maxQueue?: number;
    storage?: CallStorage;
    /** From `$dehydrate` of a client on the server. */
    initial?: Dehydrated;
    /** Errors that no promise and no handler takes [console.error]. */
    onError?: (error: unknown) => void;
}

/** No procedure's name begins with `$`. */
export interface ClientSurface {
    readonly $connection: ConnectionHandle;
    /** How many mutations wait. */
    readonly $pending: () => number;
    readonly $dehydrate: () => Dehydrated;
    /** Ends the connection and everything that waits (what is stored stays stored). */
    readonly $close: () => void;
}

export type Client<Api extends AnyApi> = ProcedureTree<Api["procedures"]> & ClientSurface;

declare const api: unique symbol;
/** What dynrc writes into `<namespace>.client.js`. README.md says what it holds. */
export interface Schema<Api extends AnyApi = AnyApi> {
    readonly version: 1;
    readonly namespace: string;
    readonly procedures: object;
    readonly [api]?: Api;
}

export declare function createClient<Api extends AnyApi>(schema: Schema<Api>, options?: ClientOptions): Client<Api>;

/* ---- JSON patches ---- */

/** The document after all operations (RFC 6902), or an Error and no change at all. */
export declare function applyJsonPatch(document: unknown, operations: readonly JsonPatchOperation[]): unknown;
/** Operations that make `after` of `before`: exact and minimal for two outputs of one live query. */
export declare function diffJson(before: unknown, after: unknown): JsonPatchOperation[];

/* ---- for generated code ---- */

export declare function compareText(a: string, b: string): number;
export declare function compareDecimal(a: string, b: string): number;
export declare function compareBytes(a: string, b: string): number;
/** How a value stands in a reference of several parts. Text: whatever is text in JSON; bytes: base 64. */
export type KeyPartType = "text" | "int" | "bigint" | "bool" | "decimal" | "bytes" | { readonly tags: Readonly<Record<string, number>> };
/** Of a key, in order; an array is a reference whose key has several parts itself. */
export type KeyTypes = readonly (KeyPartType | KeyTypes)[];
/** The reference to a row whose key has several parts, from the type and value of each; "ref": a text of this kind. */
export declare function joinKey(parts: readonly (readonly [KeyPartType | "ref", unknown])[]): string | undefined;
/** The values that it is made of; of a text that is no such reference: none. */
export declare function splitKey(types: KeyTypes, reference: unknown): unknown[];
