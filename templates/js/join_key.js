// SPDX-License-Identifier: Apache-2.0
// References to rows whose key has several parts: one text, the parts joined as in keys (runtime/base/key_codec.h).
//
// Types of parts: "text" (whatever is text in JSON), "int", "bigint" (the same; taken apart it is a bigint), "bool", "decimal",
// "bytes" (base 64), an enum's {tags: {name: tag}}, and for a reference to a row whose key has several parts the array of their types.
// To join, "ref" stands for any of the last: it is a text already.

import { scanDecimal } from "./compare.js";

const DELIMITER = "#";
const ESCAPE = "$";

/** Every character up to the escape itself becomes two, so that no value can forge a delimiter. */
const joinText = (text) => text.replace(/[\0-$]/g, (one) => ESCAPE + String.fromCharCode(0x40 + one.charCodeAt(0)));
const splitText = (part) => part.replace(/\$(.)/gs, (_pair, one) => String.fromCharCode(one.charCodeAt(0) - 0x40));

const complement = (digits) => digits.replace(/\d/g, (digit) => String(9 - Number(digit)));

/** A letter says sign and number of digits; those of negative numbers are complemented: text order is number order. */
function joinInt(value) {
    const number = BigInt(value);
    const digits = String(number < 0n ? -number : number);
    if (number >= 0n) return String.fromCharCode(0x61 + digits.length - 1) + digits;
    return String.fromCharCode(0x5a - (digits.length - 1)) + complement(digits);
}

function splitInt(part) {
    return part[0] >= "a" ? BigInt(part.slice(1)) : -BigInt(complement(part.slice(1)));
}

/** A letter for the sign, the power of ten of the first digit and 500 more, the digits; of negative numbers both complemented. */
function joinDecimal(value) {
    const { sign, digits, exponent } = scanDecimal(String(value));
    if (sign === 0) return "o";
    const text = String(exponent - 1 + 500).padStart(3, "0") + digits;
    return sign > 0 ? `p${text}` : `n${complement(text)}~`;
}

function splitDecimal(part) {
    if (part === "o") return "0";
    const isNegative = part[0] === "n";
    const text = isNegative ? complement(part.slice(1, -1)) : part.slice(1);
    const point = Number(text.slice(0, 3)) - 500 + 1;
    const digits = text.slice(3);
    const plain = point <= 0 ? `0.${"0".repeat(-point)}${digits}`
        : point >= digits.length ? digits.padEnd(point, "0") : `${digits.slice(0, point)}.${digits.slice(point)}`;
    return (isNegative ? "-" : "") + plain;
}

/** Base 64 as hexadecimal digits, and back. */
const joinBytes = (value) => Array.from(atob(value), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
const splitBytes = (part) => btoa(part.replace(/../g, (pair) => String.fromCharCode(parseInt(pair, 16))));

function joinPart(type, value) {
    if (type?.tags !== undefined) return joinInt(type.tags[value]);
    if (type === "int" || type === "bigint") return joinInt(value);
    if (type === "bool") return value ? "1" : "0";
    if (type === "decimal") return joinDecimal(value);
    if (type === "bytes") return joinBytes(value);
    return type === "text" ? joinText(String(value)) : value;
}

function splitPart(type, part) {
    if (type.tags !== undefined) return Object.keys(type.tags).find((name) => type.tags[name] === Number(splitInt(part)));
    if (type === "int") return Number(splitInt(part));
    if (type === "bigint") return splitInt(part);
    if (type === "bool") return part === "1";
    if (type === "decimal") return splitDecimal(part);
    return type === "bytes" ? splitBytes(part) : splitText(part);
}

/** The reference to a row, from [type, value] of each part of its key, in order; undefined where a value is missing. */
export function joinKey(parts) {
    if (parts.some(([, value]) => value === undefined || value === null)) return undefined;
    return parts.map(([type, value]) => joinPart(type, value)).join(DELIMITER);
}

/** How many values a part is made of. */
const widthOf = (type) => (Array.isArray(type) ? type.reduce((sum, one) => sum + widthOf(one), 0) : 1);

/** The values that a reference is made of, by the types of its parts. Of what is not such a reference: none. */
export function splitKey(types, reference) {
    const parts = typeof reference === "string" ? reference.split(DELIMITER) : [];
    if (parts.length !== widthOf(types)) return [];
    let at = 0;
    try {
        return types.map((type) => {
            const begin = at;
            at += widthOf(type);
            return Array.isArray(type) ? parts.slice(begin, at).join(DELIMITER) : splitPart(type, parts[begin]);
        });
    } catch {
        // Digits that are none. What is sent is judged by the server.
        return [];
    }
}
