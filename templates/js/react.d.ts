// SPDX-License-Identifier: Apache-2.0
// Types of react.js.

import type { ReactElement, ReactNode } from "react";
import type { ClientSurface, ConnectionState, DynrError, LiveQuery, LiveState, Mutation, MutateOptions, Query } from "./client.js";

export declare function DynrProvider(props: { client: ClientSurface; children?: ReactNode }): ReactElement;

/** The provider's client: `useClient<typeof client>()`. */
export declare function useClient<Client extends ClientSurface>(): Client;

/** As the input of a hook: nothing is asked for yet. */
export declare const skip: unique symbol;
type Skip = typeof skip;

interface Idle {
    readonly status: "idle";
    readonly data: undefined;
    readonly error: undefined;
}

/** The input may be left out where nothing in it is required. */
type InputArgs<Input> = {} extends Input ? [input?: Input] : [input: Input];

/** A live query. It never suspends; equal inputs share one subscription, and unchanged rows are the same objects. */
export declare function useSubscription<Input, Output, Data>(
    procedure: LiveQuery<Input, Output, Data>, ...input: InputArgs<Input>
): LiveState<Data> & { readonly retry: () => void };
export declare function useSubscription<Input, Output, Data>(
    procedure: LiveQuery<Input, Output, Data>, input: Input | Skip,
): (LiveState<Data> | Idle) & { readonly retry: () => void };

export type QueryState<Output> =
    | { readonly status: "idle"; readonly data: undefined; readonly error: undefined }
    | { readonly status: "loading"; readonly data: Output | undefined; readonly error: undefined }
    | { readonly status: "success"; readonly data: Output; readonly error: undefined }
    | { readonly status: "error"; readonly data: Output | undefined; readonly error: DynrError };

export declare function useQuery<Input, Output>(
    procedure: Query<Input, Output>, ...input: InputArgs<Input>
): QueryState<Output> & { readonly refetch: () => void };
export declare function useQuery<Input, Output>(
    procedure: Query<Input, Output>, input: Input | Skip,
): QueryState<Output> & { readonly refetch: () => void };

type MutateArgs<Input> = {} extends Input ? [input?: Input, options?: MutateOptions<Input>] : [input: Input, options?: MutateOptions<Input>];

export interface MutationHandle<Input, Output> {
    readonly pending: boolean;
    readonly data: Output | undefined;
    readonly error: DynrError | undefined;
    /** Never throws: what goes wrong stands in `error`. */
    readonly mutate: (...args: MutateArgs<Input>) => void;
    readonly mutateAsync: (...args: MutateArgs<Input>) => Promise<Output>;
    /** As if it had never been called. */
    readonly reset: () => void;
}

export declare function useMutation<Input, Output>(procedure: Mutation<Input, Output>, options?: {
    onSuccess?: (output: Output, input: Input) => void;
    onError?: (error: DynrError, input: Input) => void;
}): MutationHandle<Input, Output>;

export declare function useConnectionState(): ConnectionState;
