#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes items/*.json: one item of each of the first four models of items.dyn, always the same ones.

    generate_items.py
"""
import json
import pathlib
import random

WORDS = "amber birch cedar delta ember fjord grove heron ivory jetty knoll larch maple north ocean pearl quartz river stone tulip".split()


def text(rng, n_words):
    return " ".join(rng.choice(WORDS) for _ in range(n_words))


def ulid(rng):
    return "01" + "".join(rng.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(24))


def timestamp(rng):
    return f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:00.{rng.randint(0, 999):03}Z"


def decimal(rng, high):
    return f"{rng.randint(1, high)}.{rng.randint(1, 99):02}".rstrip("0")


def string(value):
    return {"S": value}


def number(value):
    return {"N": str(value)}


def address(rng):
    return {
        "street": string(f"{rng.randint(1, 300)} {text(rng, 2).title()} Street"),
        "city": string(rng.choice(WORDS).title()),
        "zip": string(str(rng.randint(10000, 99999))),
        "country": string(rng.choice(("DE", "FR", "US"))),
        "latitude": number(decimal(rng, 89)),
        "longitude": number("-" + decimal(rng, 179)),
    }


def device(rng):
    return {
        "label": string(text(rng, 2)),
        "token": string("".join(rng.choice("0123456789abcdef") for _ in range(40))),
        "added": string(timestamp(rng)),
        "active": {"BOOL": rng.random() < 0.5},
    }


def order_line(rng):
    value = {
        "sku": string(f"{rng.choice(WORDS).upper()}-{rng.randint(1000, 9999)}"),
        "title": string(text(rng, 3)),
        "quantity": number(rng.randint(1, 40)),
        "price": number(decimal(rng, 900)),
        "taxed": {"BOOL": rng.random() < 0.7},
    }
    if rng.random() < 0.3:
        value["note"] = string(text(rng, 4))
    return {"M": value}


def small(rng):
    return {
        "id": string(ulid(rng)),
        "email": string("ada.lovelace@analytical.example.com"),
        "name": string("Augusta Ada King, Countess of Lovelace"),
        "age": number(36),
        "active": {"BOOL": True},
    }


def profile(rng):
    return {
        "id": string(ulid(rng)),
        "email": string("grace.hopper@navy.example.com"),
        "name": string("Grace Brewster Murray Hopper"),
        "about": string(text(rng, 62)),
        "home": {"M": address(rng)},
        "work": {"M": address(rng)},
        "devices": {"L": [{"M": device(rng)} for _ in range(3)]},
        "labels": {"SS": sorted(set(rng.choice(WORDS) for _ in range(6)))},
        "level": number(2),
        "score": number(decimal(rng, 5000)),
        "joined": string(timestamp(rng)),
    }


def order(rng):
    return {
        "id": string(ulid(rng)),
        "customer": string("CUSTOMER-004711"),
        "placed": string(timestamp(rng)),
        "address": {"M": address(rng)},
        "lines": {"L": [order_line(rng) for _ in range(26)]},
        "total": number(decimal(rng, 9000)),
        "level": number(3),
    }


def document(rng):
    return {
        "id": string(ulid(rng)),
        "title": string(text(rng, 8)),
        "lines": {"L": [order_line(rng) for _ in range(396)]},
    }


def main():
    folder = pathlib.Path(__file__).resolve().parent / "items"
    folder.mkdir(exist_ok=True)
    for make in (small, profile, order, document):
        value = make(random.Random(20260101))
        content = json.dumps(value, separators=(",", ":"))
        (folder / f"{make.__name__}.json").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
