// SPDX-License-Identifier: Apache-2.0
// The order of values against simple specifications, on random ones.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compareBytes, compareDecimal, compareText, comparePositions, compareValues } from "../../templates/js/compare.js";
import { canonical, decode, encode, isEqual } from "../../templates/js/codec.js";
import { createUlids, uuid } from "../../templates/js/ids.js";
import { joinKey, splitKey } from "../../templates/js/join_key.js";

const ROUNDS = 20_000;
const random = (n) => Math.floor(Math.random() * n);
const pick = (list) => list[random(list.length)];
const times = (n, make) => Array.from({ length: n }, make);

const POINTS = [0x00, 0x24, 0x61, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x1f600, 0x10ffff];
const text = () => times(random(5), () => String.fromCodePoint(pick(POINTS))).join("");

test("texts: as Buffer.compare on UTF-8", () => {
    for (let i = 0; i < ROUNDS; i++) {
        const [a, b] = [text(), text()];
        assert.equal(Math.sign(compareText(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)), JSON.stringify([a, b]));
    }
    assert.ok("\u{1F600}" < "\uFF5E" && compareText("\u{1F600}", "\uFF5E") > 0, "unlike UTF-16");
});

test("bytes: as Buffer.compare", () => {
    const bytes = () => Buffer.from(times(random(4), () => pick([0, 1, 127, 128, 255])));
    for (let i = 0; i < ROUNDS; i++) {
        const [a, b] = [bytes(), bytes()];
        assert.equal(compareBytes(a.toString("base64"), b.toString("base64")), Buffer.compare(a, b));
    }
});

/** A decimal as text and, exactly, times 10^60. */
function decimal() {
    const digits = times(1 + random(20), () => pick("0019")).join("");
    const point = random(digits.length + 1);
    const exponent = random(3) === 0 ? random(21) - 10 : undefined;
    const sign = pick(["", "-", "+"]);
    const fraction = digits.length - point;
    const value = BigInt(digits) * 10n ** BigInt(60 - fraction + (exponent ?? 0));
    const body = fraction === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
    return { text: sign + body + (exponent === undefined ? "" : `e${exponent}`), value: sign === "-" ? -value : value };
}

test("decimals: exact, as integers scaled up", () => {
    for (let i = 0; i < ROUNDS; i++) {
        const [a, b] = [decimal(), decimal()];
        const expected = a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
        assert.equal(Math.sign(compareDecimal(a.text, b.text)), expected, `${a.text} ${b.text}`);
    }
    assert.equal(compareDecimal("1.0", "1"), 0);
    assert.equal(compareDecimal("-0", "0.00"), 0);
    assert.ok(compareDecimal("9".repeat(38), `1${"0".repeat(38)}`) < 0);
    assert.throws(() => compareDecimal("x", "1"), /not a decimal/);
    assert.throws(() => compareDecimal(".", "1"), TypeError);
});

test("missing first, false before true, enums by tag, integers exact; descending is the other way round", () => {
    const tags = { low: 1, high: 10, mid: 5 };
    const sorted = {
        text: [undefined, "", "a", "b"],
        bool: [undefined, false, true],
        int: [null, -5n, 0, 3n, 9_007_199_254_740_992n, 9_007_199_254_740_993n],
        float: [undefined, -0.5, 0, 1e300],
        decimal: [undefined, "-1", "0", "2"],
        enum: [undefined, "low", "mid", "high"],
        bytes: [undefined, "", "AA==", "AQ==", "/w=="],
    };
    for (const [type, values] of Object.entries(sorted)) {
        values.forEach((a, i) => values.forEach((b, j) => {
            assert.equal(Math.sign(compareValues({ type, tags }, a, b)), Math.sign(i - j), `${type} ${a} ${b}`);
            assert.equal(Math.sign(compareValues({ type, tags, desc: true }, a, b)) || 0, Math.sign(j - i) || 0);
        }));
    }
});

test("positions: part by part", () => {
    const parts = [{ type: "int", desc: true }, { type: "text" }];
    assert.ok(comparePositions(parts, [2, "b"], [1, "a"]) < 0);
    assert.ok(comparePositions(parts, [1, "b"], [1, "a"]) > 0);
    assert.equal(comparePositions(parts, [1, "a"], [1, "a"]), 0);
});

test("codecs: there and back, and nothing is made of what is absent", () => {
    const codec = { fields: { n: "bigint", list: { each: "bigint" }, map: { each: { fields: { n: "bigint" } } }, none: "bigint" } };
    const wire = { n: "9007199254740993", list: ["1", "2"], map: { a: { n: "3" }, b: null }, text: "4" };
    const value = decode(codec, wire);
    assert.deepEqual(value, { n: 9_007_199_254_740_993n, list: [1n, 2n], map: { a: { n: 3n }, b: null }, text: "4" });
    assert.deepEqual(encode(codec, value), wire);
    assert.equal(encode(codec, undefined), undefined);
    assert.equal(decode(undefined, "1"), "1");
});

test("canonical text: equal inputs have one, different ones do not", () => {
    assert.equal(canonical({ b: 1, a: { d: [1, { f: 1, e: 2 }], c: null } }), canonical({ a: { c: null, d: [1, { e: 2, f: 1 }] }, b: 1 }));
    assert.equal(canonical({ a: undefined, b: 1 }), canonical({ b: 1 }));
    assert.notEqual(canonical({ a: "1" }), canonical({ a: 1 }));
    assert.notEqual(canonical([1, 2]), canonical([2, 1]));
});

test("equality looks inside", () => {
    assert.ok(isEqual({ a: [1, { b: "x" }] }, { a: [1, { b: "x" }] }));
    for (const [a, b] of [[1, "1"], [null, {}], [[], {}], [{ a: 1 }, { b: 1 }], [{ a: undefined }, {}], [[1], [1, 2]]]) assert.ok(!isEqual(a, b));
});

test("ULIDs have the time in front and rise, also within a millisecond and when the clock goes back", () => {
    let now = 1_700_000_000_000;
    const ulid = createUlids(() => now);
    const made = times(1_000, ulid);
    now -= 5_000;
    made.push(ulid());
    now += 10_000;
    made.push(ulid());
    made.forEach((id) => assert.match(id, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/));
    assert.deepEqual([...made].sort(), made);
    assert.equal(new Set(made).size, made.length);
    assert.equal(made[0].slice(0, 10), "01HF7YAT00");
    let full = true;
    const last = createUlids(() => 1, (n) => new Uint8Array(n).fill(full ? 31 : 0));
    last();
    full = false;
    assert.equal(last().slice(10), "0".repeat(16), "after the last of a millisecond");
});

test("UUIDs are of version 4", () => {
    times(100, () => assert.match(uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/));
});

test("references of several parts are joined as keys are", () => {
    assert.equal(joinKey([["text", "a#b"], ["text", "a b"], ["text", "$"]]), "a$cb#a$`b#$d");
    assert.deepEqual([0, 42, 1000, -1, -42, "9223372036854775807"].map((n) => joinKey([["int", n]])),
        ["a0", "b42", "d1000", "Z8", "Y57", "s9223372036854775807"]);
    assert.equal(joinKey([["ref", "x#y"], ["bool", true], ["bool", false]]), "x#y#1#0");
    // The cases of tests/unit/base/test_key_codec.c.
    assert.deepEqual(["0", "1", "12.5", "0.001", "-1", "-1.5", "1000"].map((n) => joinKey([["decimal", n]])),
        ["o", "p5001", "p501125", "p4971", "n4998~", "n49984~", "p5031"]);
    assert.equal(joinKey([["bytes", "AP8="], [{ tags: { low: 1, high: 12 } }, "high"]]), "00ff#b12");
    assert.equal(joinKey([["text", "a"], ["text", undefined]]), undefined);
});

test("and taken apart again", () => {
    const tags = { low: -1, high: 12 };
    const types = ["text", ["text", "int"], "bigint", "bool", "decimal", "bytes", { tags }];
    const inner = ["text", "int"];
    times(300, () => {
        const text = () => String.fromCharCode(...Array.from({ length: random(6) }, () => 1 + random(200)));
        const reference = [text(), random(2_000) - 1_000];
        const row = [text(), joinKey(inner.map((type, i) => [type, reference[i]])), BigInt(random(2 ** 30)) * (random(2) === 0 ? 1n : -(2n ** 20n)),
            random(2) === 0, ["0", "12.5", "-0.001", "-700", "1000000"][random(5)], btoa(text()), random(2) === 0 ? "low" : "high"];
        const joined = joinKey(types.map((type, i) => [Array.isArray(type) ? "ref" : type, row[i]]));
        assert.deepEqual(splitKey(types, joined), row);
        assert.deepEqual(splitKey(inner, row[1]), reference);
    });
    for (const wrong of [undefined, null, 5, "", "a", "a#b#c", "a#bx"]) assert.deepEqual(splitKey(inner, wrong), [], String(wrong));
});
