# SPDX-License-Identifier: Apache-2.0
"""Answers of two engines in one form, and the differences that are the other's fault, each with what the service's documents say."""

import decimal
import json

decimal.getcontext().prec = 60


def number(text):
    return format(decimal.Decimal(text).normalize() + 0, "f")


def value_form(value):
    """Sets without an order, numbers in one spelling."""
    kind, inner = next(iter(value.items()))
    if kind == "N":
        return {kind: number(inner)}
    if kind == "NS":
        return {kind: sorted(map(number, inner))}
    if kind in ("SS", "BS"):
        return {kind: sorted(inner)}
    if kind == "L":
        return {kind: [value_form(element) for element in inner]}
    if kind == "M":
        return {kind: item_form(inner)}
    return value


def item_form(item):
    return {name: value_form(value) for name, value in sorted(item.items())}


def sorted_items(items):
    return sorted((item_form(item) for item in items), key=lambda item: json.dumps(item, sort_keys=True))


def form(operation, request, status, body):
    """What two answers must agree in: the error's name, or everything that an application can see. Nobody says in which order an index
    gives entries of equal keys."""
    if status != 200:
        return {"error": body.get("__type", "?").split("#")[-1], "codes": [reason["Code"] for reason in body.get("CancellationReasons", [])]}
    out = {}
    for name in ("Item", "Attributes", "LastEvaluatedKey"):
        if body.get(name):
            out[name] = item_form(body[name])
    for name in ("Count", "ScannedCount"):
        if name in body:
            out[name] = body[name]
    if "Items" in body:
        out["Items"] = sorted_items(body["Items"]) if operation == "Scan" or "IndexName" in request else [item_form(item) for item in body["Items"]]
    if operation == "BatchGetItem":
        out["Responses"] = {table: sorted_items(items) for table, items in sorted(body["Responses"].items()) if items}
    elif "Responses" in body:
        out["Responses"] = [item_form(response.get("Item", {})) for response in body["Responses"]]
    return out


def text_of(body):
    return body.get("message", body.get("Message", ""))


def has_empty(value):
    if isinstance(value, dict):
        return any((kind in ("S", "B") and inner == "") or has_empty(inner) for kind, inner in value.items())
    return isinstance(value, list) and any(map(has_empty, value))


# (peer, why, when): `when` is a function of operation, request, our answer and theirs, each as (status, body).
KNOWN = [
    ("dynalite", "it has no transactions", lambda operation, request, ours, theirs: operation.startswith("Transact")),
    ("dynalite", "it compares any two types; the service refuses literals that have no order",
     lambda operation, request, ours, theirs: ours[0] == 400 and "Incorrect operand type for operator or function" in text_of(ours[1])),
    ("dynalite", "it looks for paths into keys in updates and filters alone",
     lambda operation, request, ours, theirs: "Key attributes must be scalars" in text_of(ours[1])),
    ("java", "it looks for paths into keys where it comes to them, after the condition",
     lambda operation, request, ours, theirs: "Key attributes must be scalars" in text_of(ours[1])),
    ("dynalite", "it checks the type of an index key that an update names, also where the update does not set it",
     lambda operation, request, ours, theirs: operation == "UpdateItem" and "Type mismatch for Index Key" in text_of(theirs[1])),
    ("java", "empty strings and binaries are values since May 2020",
     lambda operation, request, ours, theirs: has_empty(request) and theirs[0] == 400 and "empty" in text_of(theirs[1])),
    ("java", "it gives no reasons where a key of a transaction does not fit its table; the service does",
     lambda operation, request, ours, theirs: operation.startswith("Transact") and "TransactionCanceled" in theirs[1].get("__type", "")
     and "CancellationReasons" not in theirs[1] and "ValidationError" in text_of(ours[1])),
    ("java", "it lets a transaction check and delete one item; the service refuses two operations on one",
     lambda operation, request, ours, theirs: operation == "TransactWriteItems" and "multiple operations on one item" in text_of(ours[1])),
    ("java", "it knows where a range ends: the service gives a LastEvaluatedKey whenever Limit is reached, as dynalite does",
     lambda operation, request, ours, theirs: operation == "Query" and ours[0] == theirs[0] == 200 and "LastEvaluatedKey" not in theirs[1]
     and ours[1].get("ScannedCount") == theirs[1].get("ScannedCount") == request.get("Limit")),
    ("java", "it answers 500 for some wrong types: the service validates them",
     lambda operation, request, ours, theirs: theirs[0] == 500 and ours[0] == 400),
    ("java", "UPDATED_* returns the whole attribute of a nested path: the service returns the path alone",
     lambda operation, request, ours, theirs: operation == "UpdateItem" and ours[0] == theirs[0] == 200
     and request.get("ReturnValues", "").startswith("UPDATED") and any(mark in request["UpdateExpression"] for mark in ".[")),
    ("java", "a transaction whose update cannot be applied is cancelled with a reason by the service of today",
     lambda operation, request, ours, theirs: operation == "TransactWriteItems" and "TransactionCanceled" in ours[1].get("__type", "")
     and "ValidationError" in text_of(ours[1])),
    ("java", "it does not check types of index keys in updates",
     lambda operation, request, ours, theirs: ours[0] == 400 and theirs[0] == 200 and "index key" in text_of(ours[1]).lower()),
]


def explain(peer, operation, request, ours, theirs):
    """Why they may differ here, or None."""
    for name, why, when in KNOWN:
        if name == peer and when(operation, request, ours, theirs):
            return why
    return None
