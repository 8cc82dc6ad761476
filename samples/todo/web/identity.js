// SPDX-License-Identifier: Apache-2.0
// Who somebody new is: a ULID, as the schema's users have. Behind a real login it would come with the token.

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

export function newcomer(now = Date.now()) {
    let time = "";
    for (let i = 0, rest = now; i < 10; i++, rest = Math.floor(rest / 32)) time = CROCKFORD[rest % 32] + time;
    const chance = globalThis.crypto.getRandomValues(new Uint8Array(16));
    return time + Array.from(chance, (byte) => CROCKFORD[byte & 31]).join("");
}
