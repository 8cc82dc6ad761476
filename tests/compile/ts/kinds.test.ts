// Every kind of type, from tests/golden/ts/kinds.
import type {
    Base64, Big, Counter, DateString, Decimal, JsonValue, Keys, Kind, KindsAllInput, KindsAllOutput, KindsClient,
    KindsPartsRow, KindsNoArgumentsOutput, Level, Only, Part, Point, PointInput, Ref, Shape, ShapeInput, Timestamp, Ulid, Uuid,
} from "./kinds/kinds.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(_same: Same<A, B>): void {}

declare const client: KindsClient;
declare const kind: Kind;
declare const counter: Counter;
declare const big: Big;
declare const only: Only;

same<Kind["id"], Ref<"Kind">>(true);
same<Kind["long"], string | undefined>(true);
same<Kind["any"], JsonValue | undefined>(true);
same<Kind["flag"], boolean>(true);
same<Kind["whole"], bigint>(true);
same<Kind["small"], number>(true);
same<Kind["bounded"], number>(true);
same<Kind["wide"], bigint>(true);
same<Kind["lower"], bigint>(true);
same<Kind["ratio"], number>(true);
same<Kind["price"], Decimal>(true);
same<Kind["blob"], Base64>(true);
same<Kind["day"], DateString | undefined>(true);
same<Kind["moment"], Timestamp | undefined>(true);
same<Kind["mark"], Ulid | undefined>(true);
same<Kind["level"], Level>(true);
same<Kind["numbers"], number[]>(true);
same<Kind["matrix"], number[][]>(true);
same<Kind["points"], { [name: string]: Point }>(true);
same<Kind["deletedAt"], Timestamp | undefined>(true);
same<Kind["version"], number>(true);
same<Counter["n"], Ref<"Counter">>(true);
same<Counter["expires"], Timestamp | undefined>(true);
same<Keys["Counter"], number>(true);
same<Keys["Big"], bigint>(true);
same<Keys["Part"], string>(true);
same<Keys["Kind"], Uuid>(true);
same<Keys["Only"], Ref<"Kind">>(true);
same<Part["big"], Ref<"Big">>(true);
same<Point["label"], string>(true);
same<PointInput["label"], string | undefined>(true);
same<ShapeInput["corners"], PointInput[]>(true);
same<Shape["corners"], Point[]>(true);
same<KindsAllOutput, string>(true);
same<KindsNoArgumentsOutput, bigint | null>(true);
same<KindsAllInput["points"], PointInput[] | undefined>(true);
same<KindsPartsRow["kind"], { id: Ref<"Kind">; level: Level; point?: Point } | null>(true);

export async function allowed(): Promise<void> {
    await client.kinds.noArguments();
    await client.kinds.noArguments({});
    await client.kinds.onlyOptional();
    await client.kinds.onlyOptional({ small: 4 });
    await client.kinds.one({ kind: only.kind });
    await client.kinds.parts({ big: big.n });
    // A key is what its value is.
    const n: number = counter.n;
    const whole: bigint = big.n;
    // A row's value fits where an input's is expected.
    const point: PointInput = kind.point ?? { x: 1, y: 2 };
    void [n, whole, point];
}

export async function refused(): Promise<void> {
    // @ts-expect-error
    await client.kinds.noArguments({ x: 1 });
    // @ts-expect-error
    await client.kinds.parts({ big: 1n });
    // @ts-expect-error
    await client.kinds.parts({ big: counter.n });
    // @ts-expect-error
    await client.kinds.one({ kind: "3f2b8c1e-5d47-4a90-8e6b-1c2d3e4f5a6b" as Uuid });
    // @ts-expect-error
    const point: Point = { x: 1, y: 2 };
    // @ts-expect-error
    const shape: ShapeInput = { corners: [{ x: 1 }] };
    // @ts-expect-error
    const json: JsonValue = { when: new Date() };
    void [point, shape, json];
}
