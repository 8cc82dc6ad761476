# SPDX-License-Identifier: Apache-2.0
"""The oracle's world, remembering between two writes what it would look up again and again.

Hundreds of thousands of writes are a matter of how often rows are searched and keys are taken apart. What is evaluated,
and how, stays the oracle's.
"""
from model import World


def remember_keys(schema):
    """Models do not change any more: what their keys are is said once."""
    for model in schema.models:
        fields, types = model.key_fields(), model.key_types()
        by_name = {f.name: f for f in model.fields}
        names = [f.name for f in fields]
        model.key_fields = lambda fields=fields: fields
        model.key_types = lambda types=types: types
        model.field = by_name.__getitem__
        if not any(f.type.kind == "ref" for f in fields):
            model.key_of = lambda row, names=names: tuple([row[n] for n in names])


class RememberingWorld(World):
    """Whoever changes rows says so by `changed`."""

    def __init__(self, schema):
        super().__init__(schema)
        self.by_key = {}
        self.keys = {}

    def changed(self):
        self.by_key.clear()
        self.keys.clear()

    def known(self, model):
        if model not in self.keys:
            self.keys[model] = super().known(model)
        return self.keys[model]

    def find(self, model, key, deleted=False):
        rows = self.by_key.get(model)
        if rows is None:
            rows = self.by_key[model] = {}
            for row in self.rows[model]:
                rows.setdefault(model.key_of(row), []).append(row)
        return next((r for r in rows.get(key, ()) if deleted or not r["_deleted"]), None)
