// The typings of samples/blog: nested collections, several references in one row, decimals, maps.
import type {
    BlogClient, Comment, Decimal, Keys, Post, PostsByAuthorOutput, PostsReadOutput, Ref, Reply, Team, TeamsBySlugOutput,
    Ulid, User, Uuid,
} from "./blog/blog.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
function same<A, B>(_same: Same<A, B>): void {}

declare const client: BlogClient;
declare const post: Post;
declare const comment: Comment;
declare const user: User;
declare const team: Team;

same<Post["rating"], Decimal | undefined>(true);
same<Post["links"], { [name: string]: string } | undefined>(true);
same<User["karma"], bigint>(true);
same<Keys["Team"], Uuid>(true);
same<Keys["Post"], Ulid>(true);
same<Keys["Comment"], string>(true);
same<Reply["comment"], Ref<"Comment">>(true);
same<PostsReadOutput["comments"], Comment[]>(true);
same<PostsReadOutput["author"], { id: Ref<"User">; name: string } | null>(true);
same<TeamsBySlugOutput["members"], { id: Ref<"User">; name: string }[]>(true);
same<PostsByAuthorOutput[number]["author"], { id: Ref<"User">; name: string } | null>(true);

export async function allowed(): Promise<void> {
    await client.users.register({ email: "ada@example.com", name: "Ada", team: team.id });
    await client.users.move({ user: user.id });
    await client.posts.comment({ post: post.id, author: user.id, text: "Well said." });
    await client.posts.replies({ comment: "post#comment" as Ref<"Comment"> });
    await client.posts.vote({ comment: "post#comment" as Ref<"Comment">, by: 1 });
    const rating: Decimal = "4.5" as Decimal;
    const karma: bigint = user.karma + 1n;
    void [rating, karma];
}

export async function refused(): Promise<void> {
    // @ts-expect-error
    await client.posts.comment({ post: user.id, author: user.id, text: "no" });
    // @ts-expect-error
    await client.posts.comment({ post: post.id, author: team.id, text: "no" });
    // @ts-expect-error
    await client.posts.replies({ comment: comment.post });
    // @ts-expect-error
    await client.users.move({ user: user.id, team: user.id });
    // @ts-expect-error
    await client.users.move({ user: user.id, team: null });
    // @ts-expect-error
    const rating: Decimal = 4.5;
    // @ts-expect-error
    const karma: number = user.karma;
    // @ts-expect-error
    const author: string = (await client.posts.read({ post: post.id })).author.name;
    void [rating, karma, author];
}
