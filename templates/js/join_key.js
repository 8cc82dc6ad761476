// SPDX-License-Identifier: Apache-2.0
// References to rows whose key has several parts: one text, the parts joined as in keys (runtime/base/key_codec.h).

const DELIMITER = "#";
const ESCAPE = "$";

/** Every character up to the escape itself becomes two, so that no value can forge a delimiter. */
const joinText = (text) => text.replace(/[\0-$]/g, (one) => ESCAPE + String.fromCharCode(0x40 + one.charCodeAt(0)));

/** A letter says sign and number of digits; those of negative numbers are complemented: text order is number order. */
function joinInt(value) {
    const number = BigInt(value);
    const digits = String(number < 0n ? -number : number);
    if (number >= 0n) return String.fromCharCode(0x61 + digits.length - 1) + digits;
    const complement = digits.replace(/\d/g, (digit) => String(9 - Number(digit)));
    return String.fromCharCode(0x5a - (digits.length - 1)) + complement;
}

/** The reference to a row, from [type, value] of each part of its key, in order. Types: "text", "int", "bool", "ref". */
export function joinKey(parts) {
    return parts.map(([type, value]) => {
        if (type === "int") return joinInt(value);
        if (type === "bool") return value ? "1" : "0";
        return type === "ref" ? value : joinText(String(value));
    }).join(DELIMITER);
}
