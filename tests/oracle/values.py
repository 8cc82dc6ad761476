# SPDX-License-Identifier: Apache-2.0
"""Types and values of `.dyn`, as the oracle understands them from the language's documentation alone.

Values in Python: str (texts, dates, timestamps and ids in canonical text), bool, int, Decimal, float, bytes, the name
of an enum value, tuple (a reference: the flattened scalars of the key), list, frozenset-like list (sets), dict (maps
and structs). None is a missing value.
"""
import base64
import json
import re
from decimal import Context, Decimal

EXACT = Context(prec=80)
INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1
SAFE = 2**53

TEXTS = ("string", "email", "url")
ORDERED = ("string", "email", "url", "int", "float", "decimal", "bytes", "date", "timestamp", "epoch", "ulid", "uuid",
           "version", "enum")


class Type:
    def __init__(self, kind, optional=False, lo=None, hi=None, width=64, enum=None, struct=None, model=None, elem=None,
                 max=None):
        self.kind = kind
        self.optional = optional
        self.lo = lo
        self.hi = hi
        self.width = width
        self.enum = enum
        self.struct = struct
        self.model = model
        self.elem = elem
        self.max = max

    def opt(self, optional=True):
        return Type(self.kind, optional, self.lo, self.hi, self.width, self.enum, self.struct, self.model, self.elem,
                    self.max)

    def base(self):
        return self.opt(False)

    def same(self, other):
        return (self.kind == other.kind and self.enum is other.enum and self.model is other.model
                and self.struct is other.struct and self.width == other.width
                and (self.elem is None or self.elem.same(other.elem)))

    def text(self, argument=False):
        """As it is written in a schema; a model's name is written `ref M` in arguments and elements."""
        k = self.kind
        if k == "enum":
            out = self.enum.name
        elif k == "struct":
            out = self.struct.name
        elif k == "ref":
            out = ("ref " if argument else "") + self.model.name
        elif k == "list":
            out = "%s[](max %d)" % (self.elem.text(True), self.max)
        elif k == "set":
            out = "set<%s>(max %d)" % (self.elem.text(True), self.max)
        elif k == "map":
            out = "map<%s>(max %d)" % (self.elem.text(True), self.max)
        elif k == "epoch":
            out = "timestamp"
        elif k == "int" and self.lo is not None:
            out = "int(%d..%d)" % (self.lo, self.hi)
        elif k == "int" and self.width == 32:
            out = "int(32)"
        elif k in TEXTS + ("bytes",) and self.hi is not None:
            out = "%s(%s..%d)" % (k, self.lo if self.lo else "", self.hi)
        else:
            out = k
        return out + ("?" if self.optional else "")

    def json_number(self):
        if self.kind != "int":
            return False
        return self.width == 32 or (self.lo is not None and -SAFE <= self.lo and self.hi <= SAFE)


class Enum:
    def __init__(self, name, values):
        self.name = name
        self.values = values  # [(name, tag)]
        self.tags = dict(values)


class Struct:
    def __init__(self, name, fields):
        self.name = name
        self.fields = fields  # [(name, Type, default or None)]


# ---- order ------------------------------------------------------------------------------------------------------


def order_key(type, value):
    """Something Python compares as the language does: texts by UTF-8 bytes, enums by tag, references part by part."""
    k = type.kind
    if k in TEXTS:
        return value.encode("utf-8", "surrogatepass")
    if k == "enum":
        return type.enum.tags[value]
    if k == "ref":
        return tuple(order_key(t, v) for t, v in zip(type.model.key_types(), value))
    if k == "bool":
        return int(value)
    return value


# ---- the text of keys (only for references of several parts in plain JSON: see value.h, key_codec.h) ------------


def key_part(type, value, delimiter="#"):
    k = type.kind
    if k in TEXTS:
        d = ord(delimiter)
        out = bytearray()
        for b in value.encode("utf-8"):
            if b <= d + 1:
                out += bytes((d + 1, 0x40 + b))
            else:
                out.append(b)
        return out.decode("utf-8")
    if k == "enum":
        return int_part(type.enum.tags[value])
    if k == "int":
        return int_part(value)
    if k == "bool":
        return "1" if value else "0"
    if k == "bytes":
        return value.hex()
    if k == "decimal":
        return decimal_part(value)
    return value


def int_part(value):
    if value >= 0:
        digits = str(value)
        return chr(ord("a") + len(digits) - 1) + digits
    digits = str(-value)
    return chr(ord("Z") - (len(digits) - 1)) + "".join(str(9 - int(c)) for c in digits)


def decimal_part(value):
    sign, digits, exponent = value.as_tuple()
    digits = list(digits)
    while len(digits) > 1 and digits[0] == 0:
        digits.pop(0)
    while digits and digits[-1] == 0:
        digits.pop()
        exponent += 1
    if not digits:
        return "o"
    # The value is 0.d1d2... * 10**(exponent + n) or d1.d2... * 10**e: which one is the codec's; both keep the order. The
    # text must match for references, so references never have decimal parts here (schema.py).
    raise AssertionError("a reference with a decimal part")


# ---- plain JSON -------------------------------------------------------------------------------------------------


def to_json(type, value, rng=None):
    """The JSON value that clients send."""
    k = type.kind
    if value is None:
        return None
    if k == "int" or k == "version":
        if type.json_number():
            return value
        if abs(value) <= SAFE and rng is not None and rng.random() < 0.3:
            return value
        return str(value)
    if k == "decimal":
        return decimal_text(value)
    if k == "bytes":
        return base64.b64encode(value).decode()
    if k == "ref":
        types = type.model.key_types()
        if len(types) == 1:
            return to_json(types[0], value[0], rng)
        return "#".join(key_part(t, v) for t, v in zip(types, value))
    if k == "struct":
        return {n: to_json(t, value[n], rng) for n, t, _ in type.struct.fields if value.get(n) is not None}
    if k in ("list", "set"):
        return [to_json(type.elem, v, rng) for v in value]
    if k == "map":
        return {n: to_json(type.elem, v, rng) for n, v in value.items()}
    return value


def decimal_text(value):
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


class BadForm(Exception):
    pass


def normal(type, value):
    """What both sides are compared as: `value` is JSON (from an answer)."""
    k = type.kind
    if value is None:
        return None
    try:
        if k in ("int", "version"):
            if isinstance(value, bool) or (k == "int" and isinstance(value, str) == type.json_number()):
                raise BadForm("%r is not how a %s is sent" % (value, type.text()))
            return int(value)
        if k == "decimal":
            if not isinstance(value, str):
                raise BadForm("decimals are sent as strings")
            return Decimal(value)
        if k == "float":
            return float(value)
        if k == "bytes":
            return base64.b64decode(value, validate=True)
        if k == "ref":
            types = type.model.key_types()
            return normal(types[0], value) if len(types) == 1 else str(value)
        if k == "struct":
            known = {n: t for n, t, _ in type.struct.fields}
            return {n: normal(known[n], v) for n, v in value.items() if v is not None}
        if k == "list":
            return [normal(type.elem, v) for v in value]
        if k == "set":
            return sorted((normal(type.elem, v) for v in value), key=repr)
        if k == "map":
            return {n: normal(type.elem, v) for n, v in value.items()}
        if k == "bool":
            if not isinstance(value, bool):
                raise BadForm("not a boolean")
            return value
    except (ValueError, KeyError, ArithmeticError) as error:
        raise BadForm("%s: %r" % (error, value))
    if k == "json":
        return value
    if not isinstance(value, str):
        raise BadForm("%r is not a string" % (value,))
    return value


def normal_value(type, value):
    """The same for a value of the model."""
    if value is None:
        return None
    k = type.kind
    if k == "ref":
        types = type.model.key_types()
        if len(types) == 1:
            return normal_value(types[0], value[0])
        return "#".join(key_part(t, v) for t, v in zip(types, value))
    if k == "struct":
        return {n: normal_value(t, value[n]) for n, t, _ in type.struct.fields if value.get(n) is not None}
    if k == "list":
        return [normal_value(type.elem, v) for v in value]
    if k == "set":
        return sorted((normal_value(type.elem, v) for v in value), key=repr)
    if k == "map":
        return {n: normal_value(type.elem, v) for n, v in value.items()}
    if k == "epoch":
        return value[:20] + "000Z"
    return value


# ---- literals in schemas ----------------------------------------------------------------------------------------


def literal(type, value):
    k = type.kind
    if value is None:
        return "null"
    if k == "bool":
        return "true" if value else "false"
    if k == "int":
        return str(value)
    if k == "decimal":
        return decimal_text(value)
    if k == "float":
        return repr(value)
    if k == "bytes":
        return '"%s"' % base64.b64encode(value).decode()
    if k == "enum":
        return value
    if k in ("list", "set"):
        return "[" + ", ".join(literal(type.elem, v) for v in value) + "]"
    if k == "map" or k == "struct":
        return "{}"
    if k == "ref":
        return literal(type.model.key_types()[0], value[0])
    return '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')


# ---- domains: small, so that values meet, and nasty -------------------------------------------------------------

NASTY = [
    "", "a", "A", "aa", "ab", "b", "B", "a#", "#", "##", "a#b", "#a", "$", "$$", "a$", "$c", "a$cb", " ", "a ", "a b",
    " a", "a!", "a\"b", "~", "a~", "\u007f", "\u0080", "é", "É", "e\u0301", "ß", "\uffff", "\ue000", "\U00010348",
    "a\U0001F600", "\U0010FFFF", "a\u0000", "a\u0000b", "a\u0001", "\t", "a\n", "\\", "/", "%", "{id}", "null", "0",
    "-1", "Z", "z", "UNIQUE", "a/b", "a\u00a0b", "$`", "$a", "$b", "b0", "Ａ", "ａ",
]
EMAILS = ["a@x.io", "A@x.io", "a@X.io", "b@x.io", "B@X.IO", "a+b@x.io", "é@x.io", "É@x.io", "z@y.org", "ab@x.io"]
URLS = ["https://example.org/", "http://a.b/?q=1", "https://example.org/é", "urn://x"]
DATES = ["0001-01-01", "1969-12-31", "1970-01-01", "2000-02-29", "2026-01-09", "2026-01-10", "2026-01-31", "2026-02-01",
         "2026-10-01", "9999-12-31"]
TIMES = ["0001-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z", "2026-01-31T09:00:00.000Z",
         "2026-01-31T09:00:00.001Z", "2026-01-31T09:00:00.010Z", "2026-01-31T10:00:00.000Z", "2026-11-20T12:00:00.000Z",
         "9999-12-31T23:59:59.999Z"]
EPOCHS = ["2090-01-01T00:00:00.000Z", "2090-01-01T00:00:01.000Z", "2100-01-01T00:00:00.000Z", "2030-06-01T12:00:00.000Z"]
ULIDS = ["00000000000000000000000000", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAW",
         "01BX5ZZKBKACTAV9WEVGEMMVRZ", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"]
UUIDS = ["00000000-0000-0000-0000-000000000000", "123e4567-e89b-12d3-a456-426614174000",
         "123e4567-e89b-42d3-a456-426614174001", "ffffffff-ffff-4fff-bfff-ffffffffffff"]
INTS = [0, 1, -1, 2, -2, 5, 9, 10, 11, -9, -10, -11, 99, 100, -99, -100, 1000, -1000]
FAR = [2**31 - 1, -(2**31), 2**31, 2**53, -(2**53) - 1, INT64_MAX, INT64_MIN]
DECIMALS = [Decimal(t) for t in (
    "0", "1", "-1", "1.5", "-1.5", "10", "-10", "9.99", "0.1", "-0.1", "0.01", "100", "1E-10", "-1E-10",
    "12345678901234567890123456789012345678", "0.12345678901234567890123456789012345678", "-99999999999999999999",
    "1E+20", "2", "-2")]
FLOATS = [0.0, 0.5, -0.5, 1.0, 1.5, -2.25, 100.0, 1e10, 3.25e-5]
BYTES = [b"", b"\x00", b"\x00\x00", b"\x01", b"a", b"ab", b"\x7f", b"\x80", b"\xff", b"\xff\xff", b"#", b"$"]
JSONS = [None, True, 1, "x", [], {"a": [1, "é"]}]


class Domain:
    """The values of one run: a few of each kind."""

    def __init__(self, rng):
        self.rng = rng
        self.strings = rng.sample(NASTY, 12) + ["a", "b"]
        # Pairs in which one is a prefix of the other are what key order stumbles over.
        for base in rng.sample(["a", "", "b", "é", "#", "$"], 2):
            self.strings += [base, base + rng.choice("#$ !a~\u0000é\U00010348")]
        self.ints = rng.sample(INTS, 7) + [0, 1]
        self.far = rng.sample(FAR, 2)
        self.decimals = rng.sample(DECIMALS, 7)
        self.dates = rng.sample(DATES, 6)
        self.times = rng.sample(TIMES, 6)
        self.emails = rng.sample(EMAILS, 6)
        self.bytes = rng.sample(BYTES, 6)

    def sample(self, type, known=None):
        """`known(model)` gives keys that exist."""
        rng = self.rng
        k = type.kind
        if type.optional and rng.random() < 0.3:
            return None
        if k == "string":
            lo, hi = type.lo or 0, type.hi if type.hi is not None else 1000
            fitting = [s for s in self.strings if lo <= len(s) <= hi]
            return rng.choice(fitting) if fitting else "x" * max(lo, 1)
        if k == "email":
            return rng.choice(self.emails)
        if k == "url":
            return rng.choice(URLS)
        if k == "bool":
            return rng.random() < 0.5
        if k in ("int", "version"):
            lo = type.lo if type.lo is not None else (INT32_MIN if type.width == 32 else INT64_MIN)
            hi = type.hi if type.hi is not None else (INT32_MAX if type.width == 32 else INT64_MAX)
            pool = self.far if rng.random() < 0.06 else self.ints
            fitting = [i for i in pool if lo <= i <= hi]
            return rng.choice(fitting) if fitting else rng.choice([lo, hi])
        if k == "decimal":
            return rng.choice(self.decimals)
        if k == "float":
            return rng.choice(FLOATS)
        if k == "bytes":
            hi = type.hi if type.hi is not None else 100
            return rng.choice([b for b in self.bytes if (type.lo or 0) <= len(b) <= hi] or [b"x"])
        if k == "date":
            return rng.choice(self.dates)
        if k == "timestamp":
            return rng.choice(self.times)
        if k == "epoch":
            return rng.choice(EPOCHS)
        if k == "ulid":
            return rng.choice(ULIDS)
        if k == "uuid":
            return rng.choice(UUIDS)
        if k == "enum":
            return rng.choice(type.enum.values)[0]
        if k == "json":
            return rng.choice(JSONS[1:])
        if k == "ref":
            keys = known(type.model) if known is not None else []
            if keys and rng.random() < 0.85:
                return rng.choice(keys)
            return tuple(self.sample(t, known) for t in type.model.key_types())
        if k == "struct":
            out = {}
            for name, t, _ in type.struct.fields:
                value = self.sample(t, known)
                if value is not None:
                    out[name] = value
            return out
        if k == "list":
            return [self.sample(type.elem, known) for _ in range(rng.randint(0, min(type.max, 3)))]
        if k == "set":
            out = []
            for _ in range(rng.randint(0, min(type.max, 3))):
                value = self.sample(type.elem, known)
                if value not in out:
                    out.append(value)
            return out
        if k == "map":
            return {key: self.sample(type.elem, known)
                    for key in rng.sample(["k", "a#b", "é", "x.y"], rng.randint(0, min(type.max, 3)))}
        raise AssertionError(k)
