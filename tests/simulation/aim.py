# SPDX-License-Identifier: Apache-2.0
"""Calls that have a chance to change what somebody is shown."""
import run as oracle
from values import ULIDS, UUIDS, Domain, normal, normal_value

# How often a call is about a row that somebody holds, and how often it makes rows what a watched query asks for.
AIMED = 0.7
WISHED = 0.7
# Looks for a held row of the model at hand.
LOOKS = 4


class WideDomain(Domain):
    """The oracle's few values, and now and then one more: where all keys are taken, nothing can be created any more."""

    MOST = 30

    def __init__(self, domain):
        self.__dict__.update(domain.__dict__)
        self.ids = {"ulid": list(ULIDS), "uuid": list(UUIDS)}

    def sample(self, type, known=None):
        rng = self.rng
        if type.kind in self.ids and not (type.optional and rng.random() < 0.3):
            return rng.choice(self.ids[type.kind])
        return super().sample(type, known)

    def widen(self):
        rng = self.rng
        if len(self.strings) < 2 * self.MOST:
            self.strings += ["".join(rng.choices("abé#$~\U00010348", k=k)) for k in (2, 4)]
        if len(self.ints) < self.MOST:
            self.ints.append(rng.randint(-2000, 2000))
        for kind, ids in self.ids.items():
            if len(ids) < self.MOST:
                ids.append("".join(rng.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=25)).rjust(26, "0") if kind == "ulid"
                           else "%08x-0000-4000-8000-%012x" % (rng.getrandbits(32), rng.getrandbits(48)))


def find_held(world, model, row):
    """The row of the world that a client holds as `row`, if it is still there."""
    fields = model.key_fields()
    if all(len(f.type.model.key_types()) == 1 if f.type.kind == "ref" else True for f in fields):
        return world.find(model, tuple(normal(f.type, row.get(f.name)) for f in fields))
    # References of several parts are one text.
    wanted = [normal(f.type, row.get(f.name)) for f in fields]
    return next((r for r in world.rows[model] if not r["_deleted"]
                 and all(normal_value(f.type, r[f.name]) == w for f, w in zip(fields, wanted))), None)


class AimedCalls(oracle.CallMaker):
    """`watched()` gives the subscriptions of those who are connected."""

    def __init__(self, rng, schema, world, domain, watched):
        super().__init__(rng, schema, world, domain)
        self.watched = watched
        # Of the procedure at hand: argument -> (model, field) that it is assigned to.
        self.targets = {}
        # What somebody who watches wants rows to be: (model, field) -> value.
        self.wishes = {}

    def held(self):
        """(model, row) of something that somebody holds, or None."""
        watched = [s for s in self.watched() if s.number is not None]
        groups = [g for g in self.rng.choice(watched).view.groups.values() if g.rows] if watched else []
        if not groups:
            return None
        group = self.rng.choice(groups)
        return group.node.model, self.rng.choice(list(group.rows.values()))[1]

    def row_of(self, model):
        for _ in range(LOOKS if self.rng.random() < AIMED else 0):
            held = self.held()
            row = find_held(self.world, *held) if held is not None and held[0] is model else None
            if row is not None:
                return row
        return super().row_of(model)

    def wish(self):
        """What rows of a watched query are equal to, and rows below those that it shows."""
        out = {}
        watched = self.watched()
        if watched:
            s = self.rng.choice(watched)
            q = s.procedure.query
            out = {(q.model, name): value for name, value in self.world.known_fields(q, s.scope).items()}
            held = [row for _, row in s.view.group(s.view.nodes[0], []).rows.values()] if s.number is not None else []
            row = find_held(self.world, q.model, self.rng.choice(held)) if held else None
            for include in q.includes if row is not None else []:
                if include.relation is not None:
                    out[(include.relation.target, include.relation.via)] = q.model.key_of(row)
        return out

    def call(self, procedure):
        self.wishes = self.wish() if procedure.writes and self.rng.random() < WISHED else {}
        self.targets = {e[1]: (w.model, name) for w in procedure.writes for name, e in w.assign if e[0] == "arg"}
        return super().call(procedure)

    def value(self, a, focus, keep):
        target = self.targets.get(a.name)
        if self.wishes.get(target) is not None and a.hint is None:
            field = target[0].field(target[1])
            # With another row's key, or with what is unique, it would only be refused.
            if (not field.key or field.origin == "parent") and not field.unique and a.type.kind == field.type.kind:
                return self.wishes[target]
        return super().value(a, focus, keep)
