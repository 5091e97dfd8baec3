#!/usr/bin/env python3
"""Generates sets of parameters that together change every parameter.

    parameter_sets.py [ROLE...]

Prints one JSON line for each set: {"role", "set", "values"}. The values come
from the role's argument specs and limits (choices, both ends of each range,
strings made from each pattern), so that a new parameter is covered without a
line here. Run with the python of `Tests/Support/venv ansible`.
"""
import json
import pathlib
import random
import sys

try:
    from re import _constants as constants, _parser as parser
except ImportError:  # before Python 3.11
    import sre_constants as constants
    import sre_parse as parser

import yaml

ROLES = pathlib.Path(__file__).resolve().parents[3] / "Sources" / "Catalogue" \
    / "roles"
# Values of a shape that no spec can tell, by the end of the name.
SHAPES = {
    "_tolerations": [[{"key": "node-role.kubernetes.io/control-plane",
                       "operator": "Exists", "effect": "NoSchedule"}]],
    "_resources": [{"requests": {"cpu": "1", "memory": "2Gi"}},
                   {"limits": {"memory": "3Gi"}}],
    "_node_selector": [{"quarterdeck.io/control-plane": "enabled"}],
    "_provider_options": [{"gcache.size": "1G", "evs.suspect_timeout": "PT9S"}],
    "mariadb_config": [{"mariadbd": {"max_connections": 77},
                        "mariadb-dump": {"quick": "ON"}}],
    "keystone_config": [{"DEFAULT": {"debug": True},
                         "identity": {"max_password_length": 99},
                         "federation": {"trusted_dashboard": ["a", "b"]}}],
    "keystone_policy": [{"identity:list_users": "role:admin and \"x\":%(y)s",
                 "identity:get_user": ""}],
    "_servers": [["cache-a:11211", "cache-b:11212"]],
    "_arguments": [["--verbose", "--slab-min-size=64"]],
}


def sample(pattern, chance):
    """A string that a pattern matches in full."""
    def one(kind, value):
        if kind == constants.LITERAL:
            return chr(value)
        if kind == constants.IN:
            part, inner = chance.choice(value)
            if part == constants.RANGE:
                return chr(chance.randint(*inner))
            return one(part, inner)
        if kind == constants.MAX_REPEAT:
            low, high, inner = value
            times = chance.choice([low, min(high, low + 7)])
            return "".join(many(inner) for _ in range(times))
        if kind == constants.SUBPATTERN:
            return many(value[-1])
        if kind == constants.BRANCH:
            return many(chance.choice(value[1]))
        raise ValueError("%s in pattern %s" % (kind, pattern))

    def many(parts):
        return "".join(one(*part) for part in parts)

    return many(parser.parse(pattern))


def alternatives(name, option, hints, chance):
    """Values of a parameter that its limits allow, other than its default."""
    for suffix, values in SHAPES.items():
        if name.endswith(suffix):
            return values
    if "choices" in option:
        found = option["choices"]
    elif option["type"] == "bool":
        found = [True, False]
    elif option["type"] == "int":
        found = [hints.get("minimum", 1), hints.get("maximum", 99)]
    elif option["type"] == "str":
        generated = hints.get("generate", {}).get("kind")
        found = [sample(hints.get("pattern", "[a-z]{6}"), chance)
                 for _ in range(2 if generated else 3)]
    else:
        raise ValueError("no value for %s of type %s; give its shape a line"
                         " in SHAPES" % (name, option["type"]))
    found = [v for v in found if v != option.get("default")]
    if not found:
        raise ValueError("no other value for " + name)
    return found


def load(role):
    """A role's argument specs and its service file."""
    meta = ROLES / role / "meta"
    specs = yaml.safe_load((meta / "argument_specs.yml").read_text())
    service = yaml.safe_load((meta / "service.yml").read_text())
    return specs["argument_specs"], service


def options_of(specs):
    """All options of all entry points."""
    found = {}
    for entry in specs.values():
        found.update(entry["options"])
    return found


def required(specs, service, seed):
    """Values for what has no default."""
    chance = random.Random(seed)
    return {name: sample(service["parameters"][name]["pattern"], chance)
            for name, option in options_of(specs).items()
            if option.get("required")}


def sets(role):
    """The sets of one role; together they change every parameter."""
    specs, service = load(role)
    hints = service["parameters"]
    choices = {
        name: alternatives(name, option, hints.get(name, {}),
                           random.Random(role + name))
        for name, option in options_of(specs).items()}
    count = max(len(values) for values in choices.values())
    for number in range(count):
        yield {name: values[number % len(values)]
               for name, values in choices.items()}


def roles():
    """The catalogue's roles that are components."""
    return sorted(p.parent.parent.name for p in ROLES.glob(
        "*/meta/service.yml"))


def main():
    """Prints the sets."""
    for role in sys.argv[1:] or roles():
        for number, values in enumerate(sets(role)):
            print(json.dumps({"role": role, "set": number, "values": values},
                             sort_keys=True))


if __name__ == "__main__":
    main()
