# SPDX-License-Identifier: Apache-2.0
"""What a client holds: applies snapshots and patches of one view, whose rows are ordered by id, falling."""


class View:
    """Rows by id, with the version of each; also of those that left."""

    def __init__(self, subscription):
        self.subscription, self.number = subscription, None
        self.rows, self.versions = {}, {}
        self.v, self.epoch, self.bound = 0, 0, None
        self.n_snaps = self.n_patches = 0
        self.waiting = []
        self.continues = False

    def apply(self, message):
        """Takes in any message; those of other views are passed over."""
        kind = message["t"]
        if kind == "reset" and message["id"] == self.subscription:
            self.continues = False
        elif kind in ("snap", "same") and message["id"] == self.subscription:
            self.snap(message)
            if self.continues:
                return
            waiting, self.waiting = self.waiting, []
            for early in waiting:
                self.apply(early)
        elif kind in ("patch", "bound") and self.number is None:
            self.waiting.append(message)
        elif kind == "patch" and message["view"] == self.number:
            self.patch(message)
        elif kind == "bound" and message["view"] == self.number:
            self.epoch, self.bound = message["epoch"], message["bound"]
            self.cut()

    def snap(self, message):
        self.number, self.v = message["view"], message["v"]
        self.token, self.token_from = message["token"], message["v"]
        if message["t"] == "snap" and not self.continues:
            self.rows, self.versions = {}, {}
        for group in message["groups"]:
            self.epoch, self.bound = group.get("epoch", self.epoch), group.get("bound", self.bound)
            if message["t"] == "snap":
                self.rows.update({row["id"]: row for row in group["rows"]})
                self.versions.update({row["id"]: group.get("v", message["v"]) for row in group["rows"]})
        self.continues = message.get("part") == "more"
        self.n_snaps += message["t"] == "snap" and not self.continues

    def patch(self, message):
        version = message["v"]
        self.n_patches += 1
        self.v = max(self.v, version)
        for op in message["ops"]:
            key = op[1]["id"] if op[0] == "+" else op[1][0]
            if version <= self.versions.get(key, 0):
                continue
            self.versions[key] = version
            if op[0] == "+":
                self.rows[key] = op[1]
            elif op[0] == "-":
                self.rows.pop(key, None)
            elif key in self.rows:
                self.rows[key] = {**self.rows[key], **op[2]}
        self.cut()

    def cut(self):
        if self.bound is not None:
            self.rows = {key: row for key, row in self.rows.items() if key >= self.bound[0]}

    def shown(self, count):
        return [self.rows[key] for key in sorted(self.rows, reverse=True)][:count]
