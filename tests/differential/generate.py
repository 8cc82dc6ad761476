# SPDX-License-Identifier: Apache-2.0
"""Random operations on two tables: most of them right, some of them wrong in one way. A seed gives the same operations again."""

import re

NAMES = ("x", "y", "z", "list", "map", "set")
TEXTS = ("", "a", "b", "abc", "Z", "ü", "a\u0000b", "10", " ")
NUMBERS = ("0", "1", "-1", "2", "10", "1.5", "-0.25", "1e10", "123456789012345678901234567890", "0.00000001", "007", "-0")
BYTES = ("AA==", "AAE=", "/w==", "")
TABLES = {
    "single": {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    },
    "ordered": {
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "N"},
                                 {"AttributeName": "x", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "GlobalSecondaryIndexes": [{"IndexName": "by_x", "Projection": {"ProjectionType": "ALL"}, "KeySchema": [
            {"AttributeName": "x", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}],
    },
}


def definition(name):
    throughput = {"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000}
    body = {"TableName": name, **TABLES[name], "ProvisionedThroughput": throughput}
    if "GlobalSecondaryIndexes" in body:
        body["GlobalSecondaryIndexes"] = [{**index, "ProvisionedThroughput": throughput} for index in body["GlobalSecondaryIndexes"]]
    return body


class Generator:
    def __init__(self, random):
        self.random = random
        self.names, self.values = {}, {}

    # --- values ---

    def scalar(self):
        kind = self.random.choice(("S", "S", "N", "N", "B", "BOOL", "NULL"))
        if kind == "S":
            return {"S": self.random.choice(TEXTS)}
        if kind == "N":
            return {"N": self.random.choice(NUMBERS)}
        if kind == "B":
            return {"B": self.random.choice(BYTES)}
        return {kind: True if kind == "NULL" else self.random.random() < 0.5}

    def value(self, depth=0):
        kind = self.random.random()
        if depth > 2 or kind < 0.7:
            return self.scalar()
        if kind < 0.8:
            return {"L": [self.value(depth + 1) for _ in range(self.random.randrange(3))]}
        if kind < 0.9:
            return {"M": {name: self.value(depth + 1) for name in self.random.sample(("a", "b", "c"), self.random.randrange(3))}}
        return self.set_value()

    def set_value(self):
        if self.random.random() < 0.5:
            return {"SS": self.random.sample(("a", "b", "c", "d"), self.random.randrange(1, 4))}
        return {"NS": self.random.sample(("1", "2", "3.5", "-4"), self.random.randrange(1, 4))}

    def key(self, table):
        if self.random.random() < 0.02:
            return self.random.choice(({}, {"other": {"S": "a"}}, {"id": {"N": "1"}}, {"pk": {"S": "a"}}, {"id": {"S": ""}}))
        if table == "single":
            return {"id": {"S": self.random.choice("abcdef")}}
        return {"pk": {"S": self.random.choice("ab")}, "sk": {"N": str(self.random.randrange(6))}}

    def item(self, table):
        item = dict(self.key(table))
        for name in self.random.sample(NAMES, self.random.randrange(len(NAMES))):
            item[name] = {"list": lambda: {"L": [self.value(1) for _ in range(self.random.randrange(4))]},
                          "map": lambda: {"M": {inner: self.value(1) for inner in ("a", "b")}},
                          "set": self.set_value}.get(name, self.value)()
        # A key of an index has its type, or the item is refused; mostly it has.
        if table == "ordered" and "x" in item and self.random.random() < 0.95:
            item["x"] = {"S": self.random.choice(("a", "b", "c"))}
        return item

    # --- expressions ---

    def name(self, name):
        if self.random.random() < 0.7:
            self.names["#" + name] = name
            return "#" + name
        return name

    def ref(self, value):
        ref = f":v{len(self.values)}"
        self.values[ref] = value
        return ref

    def path(self):
        # `list`, `map` and `set` are reserved words.
        name = self.random.choice(NAMES)
        if name in ("list", "map", "set"):
            self.names["#" + name] = name
            name = "#" + name
        else:
            name = self.name(name)
        tail = self.random.choice(("", "", "", ".a", ".b", "[0]", "[1]", ".a.b", "[0].a"))
        return name + tail

    def condition(self, depth=0):
        kind = self.random.randrange(12)
        if depth < 2 and kind < 3:
            left, right = self.condition(depth + 1), self.condition(depth + 1)
            return (f"({left}) AND ({right})", f"{left} OR {right}", f"NOT ({left})")[kind]
        path = self.path()
        if kind < 7:
            return f"{path} {self.random.choice(('=', '<>', '<', '<=', '>', '>='))} {self.ref(self.value(2))}"
        if kind == 7:
            return f"{path} IN ({self.ref(self.scalar())}, {self.ref(self.scalar())})"
        if kind == 8:
            low, high = self.ref({"N": "0"}), self.ref({"N": self.random.choice(("5", "100"))})
            return f"{path} BETWEEN {low} AND {high}"
        if kind == 9:
            return f"{self.random.choice(('attribute_exists', 'attribute_not_exists'))}({path})"
        if kind == 10:
            return f"{self.random.choice(('begins_with', 'contains'))}({path}, {self.ref({'S': self.random.choice(('a', 'ab', 'x'))})})"
        if self.random.random() < 0.5:
            return f"attribute_type({path}, {self.ref({'S': self.random.choice(('S', 'N', 'L', 'M', 'SS', 'BOOL'))})})"
        return f"size({path}) {self.random.choice(('<', '=', '>'))} {self.ref({'N': '1'})}"

    def update_expression(self):
        clauses = []
        used = set()

        def fresh():
            for _ in range(10):
                path = self.path()
                top = path.lstrip("#").split(".")[0].split("[")[0]
                if top not in used or self.random.random() < 0.05:
                    used.add(top)
                    return path
            return path

        for verb in self.random.sample(("SET", "SET", "REMOVE", "ADD", "DELETE"), self.random.choice((1, 1, 2))):
            if any(clause.startswith(verb) for clause in clauses):
                continue
            path = fresh()
            if verb == "SET":
                other = self.path()
                right = self.random.choice((
                    lambda: self.ref(self.value()), lambda: f"{other} + {self.ref({'N': '1'})}", lambda: f"{self.ref({'N': '5'})} - {other}",
                    lambda: f"if_not_exists({other}, {self.ref(self.value(1))})",
                    lambda: f"list_append({other}, {self.ref({'L': [self.scalar()]})})", lambda: other))()
                clauses.append(f"SET {path} = {right}")
            elif verb == "REMOVE":
                clauses.append(f"REMOVE {path}")
            else:
                value = self.set_value() if verb == "DELETE" or self.random.random() < 0.5 else {"N": self.random.choice(NUMBERS)}
                clauses.append(f"{verb} {path} {self.ref(value)}")
        return " ".join(clauses)

    def projection(self):
        paths = {self.path().split("[")[0].split(".")[0] for _ in range(self.random.randrange(1, 4))}
        return ", ".join(sorted(paths))

    # --- operations ---

    def finish(self, body):
        text = " ".join(str(value) for key, value in body.items() if key.endswith("Expression"))
        names = {ref: self.names[ref] for ref in sorted(set(re.findall(r"#\w+", text)))}
        values = {ref: self.values[ref] for ref in sorted(set(re.findall(r":\w+", text)))}
        if names:
            body["ExpressionAttributeNames"] = names
        if values:
            body["ExpressionAttributeValues"] = values
        return body

    def operation(self):
        self.names, self.values = {}, {}
        table = self.random.choice(tuple(TABLES))
        kind = self.random.choices(("put", "get", "update", "delete", "query", "scan", "batch_get", "batch_write", "transact_write",
                                    "transact_get"), (20, 10, 25, 8, 12, 6, 4, 5, 7, 3))[0]
        return getattr(self, kind)(table)

    def maybe(self, chance):
        return self.random.random() < chance

    def put(self, table):
        body = {"TableName": table, "Item": self.item(table)}
        if self.maybe(0.3):
            body["ConditionExpression"] = self.condition()
        if self.maybe(0.3):
            body["ReturnValues"] = "ALL_OLD"
        return "PutItem", self.finish(body)

    def get(self, table):
        body = {"TableName": table, "Key": self.key(table)}
        if self.maybe(0.3):
            body["ProjectionExpression"] = self.projection()
        return "GetItem", self.finish(body)

    def update_body(self, table):
        body = {"TableName": table, "Key": self.key(table), "UpdateExpression": self.update_expression()}
        if self.maybe(0.25):
            body["ConditionExpression"] = self.condition()
        return body

    def update(self, table):
        body = self.update_body(table)
        body["ReturnValues"] = self.random.choice(("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"))
        return "UpdateItem", self.finish(body)

    def delete(self, table):
        body = {"TableName": table, "Key": self.key(table)}
        if self.maybe(0.3):
            body["ConditionExpression"] = self.condition()
        if self.maybe(0.3):
            body["ReturnValues"] = "ALL_OLD"
        return "DeleteItem", self.finish(body)

    def query(self, _table):
        body = {"TableName": "ordered"}
        if self.maybe(0.3):
            body["IndexName"] = "by_x"
            partition = f"{self.name('x')} = {self.ref({'S': self.random.choice('abc')})}"
        else:
            partition = f"{self.name('pk')} = {self.ref({'S': self.random.choice('ab')})}"
        low, high = sorted((self.random.randrange(6), self.random.randrange(6)))
        sort = self.random.choice(("", "", " AND sk {} {}", " AND sk BETWEEN {} AND {}"))
        if "BETWEEN" in sort:
            sort = sort.format(self.ref({"N": str(low)}), self.ref({"N": str(high)}))
        elif sort:
            sort = sort.format(self.random.choice(("=", "<", "<=", ">", ">=")), self.ref({"N": str(low)}))
        body["KeyConditionExpression"] = partition + sort
        if self.maybe(0.4):
            body["FilterExpression"] = self.condition().replace("#x", "#y")
            self.names["#y"] = "y"
        if self.maybe(0.5):
            body["ScanIndexForward"] = self.maybe(0.5)
        if self.maybe(0.3):
            body["Limit"] = self.random.randrange(1, 4)
        if self.maybe(0.2):
            body["Select"] = "COUNT"
        return "Query", self.finish(body)

    def scan(self, table):
        body = {"TableName": table}
        if self.maybe(0.5):
            body["FilterExpression"] = self.condition()
        return "Scan", self.finish(body)

    def batch_get(self, _table):
        return "BatchGetItem", {"RequestItems": {name: {"Keys": self.unique_keys(name)} for name in TABLES}}

    def unique_keys(self, table):
        keys = []
        for _ in range(self.random.randrange(1, 5)):
            key = self.key(table)
            if key not in keys or self.maybe(0.02):
                keys.append(key)
        return keys

    def batch_write(self, table):
        requests = []
        for key in self.unique_keys(table):
            requests.append({"DeleteRequest": {"Key": key}} if self.maybe(0.4) else {"PutRequest": {"Item": {**self.item(table), **key}}})
        return "BatchWriteItem", {"RequestItems": {table: requests}}

    def transact_write(self, table):
        items = []
        for key in self.unique_keys(table):
            self.names, self.values = {}, {}
            kind = self.random.choice(("Put", "Update", "Delete", "ConditionCheck"))
            body = {"TableName": table, "Key": key}
            if kind == "Put":
                body = {"TableName": table, "Item": {**self.item(table), **key}}
            elif kind == "Update":
                body["UpdateExpression"] = self.update_expression()
            if kind == "ConditionCheck" or self.maybe(0.3):
                body["ConditionExpression"] = self.condition()
            items.append({kind: self.finish(body)})
        return "TransactWriteItems", {"TransactItems": items}

    def transact_get(self, table):
        return "TransactGetItems", {"TransactItems": [{"Get": {"TableName": table, "Key": key}} for key in self.unique_keys(table)]}
