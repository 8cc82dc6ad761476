// SPDX-License-Identifier: Apache-2.0
// The order of values: exactly that of DynamoDB and of the keys, so that a client puts a row where the server means it.

/** Moves the surrogates above U+E000..U+FFFF, where the UTF-8 of what they stand for is. */
const byUtf8 = (unit) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);

/** Texts by their UTF-8 bytes. JavaScript's `<` compares UTF-16 units, which puts U+1F600 before U+FF5E. */
export function compareText(a, b) {
    const shorter = Math.min(a.length, b.length);
    for (let i = 0; i < shorter; i++) {
        const x = a.charCodeAt(i);
        const y = b.charCodeAt(i);
        if (x !== y) return byUtf8(x) - byUtf8(y);
    }
    return a.length - b.length;
}

/** Numbers and bigints, also mixed; and booleans: false before true. */
export function compareNumber(a, b) {
    return a < b ? -1 : a > b ? 1 : 0;
}

/** Sign, digits without zeros around them, and the power of ten of the first digit. */
export function scanDecimal(text) {
    const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text);
    if (match === null || match[2] + match[3] === "") throw new TypeError(`\`${text}\` is not a decimal`);
    const digits = match[2] + match[3];
    const first = digits.search(/[1-9]/);
    if (first < 0) return { sign: 0, digits: "", exponent: 0 };
    const exponent = match[2].length - first + Number(match[4] ?? 0);
    return { sign: match[1] === "-" ? -1 : 1, digits: digits.slice(first).replace(/0+$/, ""), exponent };
}

/** Decimals by value, from their digits: nothing is rounded, and `1.0` equals `1`. */
export function compareDecimal(a, b) {
    const x = scanDecimal(String(a));
    const y = scanDecimal(String(b));
    if (x.sign !== y.sign) return x.sign - y.sign;
    if (x.exponent !== y.exponent) return x.exponent < y.exponent ? -x.sign : x.sign;
    // Of digits without trailing zeros, what is a prefix is smaller, as in texts.
    return x.digits === y.digits ? 0 : x.digits < y.digits ? -x.sign : x.sign;
}

/** Bytes in base 64, byte by byte. */
export function compareBytes(a, b) {
    const x = atob(a);
    const y = atob(b);
    return x < y ? -1 : x > y ? 1 : 0;
}

const COMPARE = {
    text: compareText,
    int: compareNumber,
    float: compareNumber,
    bool: compareNumber,
    decimal: compareDecimal,
    bytes: compareBytes,
};

/** Two values of one part of an order: missing ones first, enums by their tags, the other way round if it descends. */
export function compareValues(part, a, b) {
    const aMissing = a === undefined || a === null;
    const bMissing = b === undefined || b === null;
    let result;
    if (aMissing || bMissing) result = Number(bMissing) - Number(aMissing);
    else if (part.type === "enum") result = part.tags[a] - part.tags[b];
    else result = COMPARE[part.type](a, b);
    return part.desc ? -result : result;
}

/** Two positions: arrays of the values of `parts`. */
export function comparePositions(parts, a, b) {
    for (let i = 0; i < parts.length; i++) {
        const result = compareValues(parts[i], a[i], b[i]);
        if (result !== 0) return result;
    }
    return 0;
}
