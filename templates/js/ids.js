// SPDX-License-Identifier: Apache-2.0
// Identifiers that clients make: of what they create, and of their calls.

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Node 18 has no global `crypto`; Math.random serves there, as ids must be unique, not secret. */
function randomBytes(count) {
    const bytes = new Uint8Array(count);
    return globalThis.crypto === undefined
        ? bytes.map(() => Math.floor(Math.random() * 256))
        : globalThis.crypto.getRandomValues(bytes);
}

/** Makes ULIDs that rise: within one millisecond the random part counts up. */
export function createUlids(now = Date.now, random = randomBytes) {
    let lastTime = -1;
    let digits = [];
    return function ulid() {
        const time = Math.max(now(), lastTime);
        if (time === lastTime) {
            let i = 15;
            while (i >= 0 && digits[i] === 31) digits[i--] = 0;
            // 80 random bits that were all ones: start again, out of order rather than not at all.
            if (i < 0) digits = Array.from(random(16), (byte) => byte & 31);
            else digits[i]++;
        } else {
            digits = Array.from(random(16), (byte) => byte & 31);
            lastTime = time;
        }
        let head = "";
        for (let i = 0, rest = time; i < 10; i++, rest = Math.floor(rest / 32)) head = CROCKFORD[rest % 32] + head;
        return head + digits.map((digit) => CROCKFORD[digit]).join("");
    };
}

/** A random UUID (version 4). crypto.randomUUID is missing on pages without HTTPS. */
export function uuid(random = randomBytes) {
    const bytes = random(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
