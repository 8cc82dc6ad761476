#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes one schema of N models in three languages: bench.dyn, bench.proto, bench.fbs.

The content is equal. A model has ten fields, of which one is a relation to the model before it, and with --procedures five
procedures: get, list by the relation, create, set one field, remove. What a procedure takes and returns is a message and the
procedure an rpc in the other two languages.

    generate_schema.py --models 1000 --procedures DIR
"""
import argparse
import pathlib

GROUP = 10  # models that relate to each other in a chain; the first one relates to itself

DYN_HEAD = """dyn 1

namespace bench

table Bench {
  targets embedded, dynamodb
}

enum State { draft = 1  open = 2  closed = 3 }
"""

DYN_MODEL = """
/// Number {i} of what this schema stores.
model Entity{i} {{
  id       ulid           @key @auto
  owner    Entity{owner}?   @index(sort: name)
  name     string(1..80)
  email    email?
  state    State          = draft
  amount   decimal
  quantity int(32, 0..1000) = 1
  open     bool           = true
  due      date?
  tags     set<string(1..30)>(max 10)
  {inverse}
}}
"""

DYN_PROCEDURES = """
router entities{i} {{
  query get(id: ref Entity{i}) {{
    get Entity{i}(id)
  }}
  query byOwner(owner: ref Entity{owner}, first: int(1..100) = 25) {{
    from  Entity{i} by owner == owner
    order .name asc
    take  first
    select id, name, state
  }}
  mutation create(owner: ref Entity{owner}?, name: string(1..80), amount: decimal) -> Entity{i} {{
    create Entity{i} {{ owner, name, amount }}
  }}
  mutation setState(id: ref Entity{i}, state: State) -> Entity{i} {{
    update Entity{i}(id) set state = state
  }}
  mutation remove(id: ref Entity{i}) {{
    delete Entity{i}(id)
  }}
}}
"""

PROTO_HEAD = """syntax = "proto2";
package bench;

enum State { DRAFT = 1; OPEN = 2; CLOSED = 3; }
message Nothing {}
"""

PROTO_MODEL = """
// Number {i} of what this schema stores.
message Entity{i} {{
  required string id = 1;
  optional string owner = 2;
  required string name = 3;
  optional string email = 4;
  optional State state = 5 [default = DRAFT];
  required string amount = 6;
  optional int32 quantity = 7 [default = 1];
  optional bool open = 8 [default = true];
  optional string due = 9;
  repeated string tags = 10;
}}
"""

PROTO_PROCEDURES = """
message Entities{i}GetInput {{ required string id = 1; }}
message Entities{i}ByOwnerInput {{ required string owner = 1; optional int32 first = 2 [default = 25]; }}
message Entities{i}ByOwnerRow {{ required string id = 1; required string name = 2; required State state = 3; }}
message Entities{i}ByOwnerOutput {{ repeated Entities{i}ByOwnerRow items = 1; }}
message Entities{i}CreateInput {{ optional string owner = 1; required string name = 2; required string amount = 3; }}
message Entities{i}SetStateInput {{ required string id = 1; required State state = 2; }}
message Entities{i}RemoveInput {{ required string id = 1; }}
service Entities{i} {{
  rpc get(Entities{i}GetInput) returns (Entity{i});
  rpc byOwner(Entities{i}ByOwnerInput) returns (Entities{i}ByOwnerOutput);
  rpc create(Entities{i}CreateInput) returns (Entity{i});
  rpc setState(Entities{i}SetStateInput) returns (Entity{i});
  rpc remove(Entities{i}RemoveInput) returns (Nothing);
}}
"""

FBS_HEAD = """namespace bench;

enum State : int { draft = 1, open = 2, closed = 3 }
table Nothing {}
"""

FBS_MODEL = """
/// Number {i} of what this schema stores.
table Entity{i} {{
  id: string (required);
  owner: string;
  name: string (required);
  email: string;
  state: State = draft;
  amount: string (required);
  quantity: int = 1;
  open: bool = true;
  due: string;
  tags: [string];
}}
"""

FBS_PROCEDURES = """
table Entities{i}GetInput {{ id: string (required); }}
table Entities{i}ByOwnerInput {{ owner: string (required); first: int = 25; }}
table Entities{i}ByOwnerRow {{ id: string (required); name: string (required); state: State = draft; }}
table Entities{i}ByOwnerOutput {{ items: [Entities{i}ByOwnerRow]; }}
table Entities{i}CreateInput {{ owner: string; name: string (required); amount: string (required); }}
table Entities{i}SetStateInput {{ id: string (required); state: State = draft; }}
table Entities{i}RemoveInput {{ id: string (required); }}
rpc_service Entities{i} {{
  get(Entities{i}GetInput): Entity{i};
  byOwner(Entities{i}ByOwnerInput): Entities{i}ByOwnerOutput;
  create(Entities{i}CreateInput): Entity{i};
  setState(Entities{i}SetStateInput): Entity{i};
  remove(Entities{i}RemoveInput): Nothing;
}}
"""


def inverse(number, n_models):
    """The other side of each relation that points here."""
    if number % GROUP == 0:
        lines = [f"own      Entity{number:05}[]  via Entity{number:05}.owner"]
    else:
        lines = []
    if number % GROUP != GROUP - 1 and number + 1 < n_models:
        lines.append(f"next     Entity{number + 1:05}[]  via Entity{number + 1:05}.owner")
    return "\n  ".join(lines)


def schema(n_models, procedures, head, model, procedure):
    parts = [head]
    for number in range(n_models):
        owner = number if number % GROUP == 0 else number - 1
        values = {"i": f"{number:05}", "owner": f"{owner:05}", "inverse": inverse(number, n_models)}
        parts.append(model.format(**values))
        if procedures:
            parts.append(procedure.format(**values))
    return "".join(parts)


def write_schemas(folder, n_models, procedures):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, *templates in (
        ("bench.dyn", DYN_HEAD, DYN_MODEL, DYN_PROCEDURES),
        ("bench.proto", PROTO_HEAD, PROTO_MODEL, PROTO_PROCEDURES),
        ("bench.fbs", FBS_HEAD, FBS_MODEL, FBS_PROCEDURES),
    ):
        (folder / name).write_text(schema(n_models, procedures, *templates), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=100)
    parser.add_argument("--procedures", action="store_true")
    parser.add_argument("folder")
    options = parser.parse_args()
    write_schemas(options.folder, options.models, options.procedures)


if __name__ == "__main__":
    main()
