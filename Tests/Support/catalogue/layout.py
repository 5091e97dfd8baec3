#!/usr/bin/env python3
"""Holds every role of the catalogue to the shape that a role must have.

Reads the files alone, runs no Ansible. One line for each finding, then
"N passed, N failed". Run with the python of `Tests/Support/venv ansible`.
"""
import pathlib
import re
import sys

import yaml

ROLES = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(
    __file__).resolve().parents[3] / "Sources" / "Catalogue" / "roles"
SERVICE_KEYS = {"service", "title", "description", "group", "stage",
                "upgrade_stage", "requires", "parameters"}
SERVICE_MAY = {"nodes", "endpoints"}
HINT_KEYS = {"title", "group", "level", "minimum", "maximum", "unit",
             "pattern", "generate"}
KINDS = {"password", "hex", "fernet", "uuid"}
ENTRIES = {"main", "remove", "check", "test"}

seen, broken = set(), set()


def check(role, what, wrong):
    """Notes a rule of a role; wrong is what breaks it, empty where nothing."""
    seen.add((role, what))
    if wrong:
        broken.add((role, what))
        print("error: %s: %s: %s" % (role, what, wrong))


def load(path):
    """A YAML file."""
    with open(path, encoding="utf-8") as file:
        return yaml.safe_load(file)


def tasks_of(path):
    """All tasks of a file, those in blocks too."""
    waiting = list(load(path) or [])
    while waiting:
        task = waiting.pop()
        for part in ("block", "rescue", "always"):
            waiting += task.get(part, [])
        yield task


def limits(hints):
    """What the role must assert, from meta/service.yml."""
    found = set()
    for name, hint in hints.items():
        if "minimum" in hint:
            found.add("%s | int >= %d" % (name, hint["minimum"]))
        if "maximum" in hint:
            found.add("%s | int <= %d" % (name, hint["maximum"]))
        if "pattern" in hint:
            found.add("%s is match('^(?:%s)$')" % (name, hint["pattern"]))
    return found


def see_tasks(role, directory):
    """Rules of every task file."""
    for path in sorted((directory / "tasks").glob("*.yml")):
        for task in tasks_of(path):
            where = "%s, %s" % (path.name, task.get("name"))
            dotted = [key for key in task if "." in key]
            check(role, "modules have full names", [] if len(dotted) == 1
                  or "block" in task else where)
            module = task.get("kubernetes.core.k8s")
            if not module:
                continue
            manifest = module.get("definition")
            if module["state"] == "present":
                check(role, "objects are applied as quarterdeck", [] if module
                      .get("apply") is True and module.get(
                          "server_side_apply") == {
                              "field_manager": "quarterdeck"} else where)
            if isinstance(manifest, dict) and manifest["kind"] == "Secret":
                check(role, "secrets are not logged and use data",
                      [] if task.get("no_log") is True
                      and "stringData" not in manifest else where)
            if module.get("wait"):
                check(role, "waits have a timeout that can be set",
                      [] if "_wait_timeout" in str(module.get("wait_timeout"))
                      else where)


def see_specs(role, directory, specs, defaults):
    """Rules of argument specs and defaults."""
    files = {path.stem for path in (directory / "tasks").glob("*.yml")}
    check(role, "every entry point has its file", set(specs) - files)
    named = {}
    for entry in specs.values():
        for name, option in entry["options"].items():
            check(role, "an option is the same in all entry points",
                  [] if named.setdefault(name, option) == option else name)
            check(role, "an option has a description and a type", []
                  if option.get("description") and option.get("type")
                  else name)
    return named


def see_component(role, directory, specs, defaults):
    """Rules of a role that is a component."""
    service = load(directory / "meta" / "service.yml")
    hints = service["parameters"]
    named = see_specs(role, directory, specs, defaults)
    files = {path.stem for path in (directory / "tasks").glob("*.yml")}
    check(role, "the entry points are there", ENTRIES - set(specs))
    check(role, "every entry point has a spec",
          files - set(specs) - {"limits"})
    check(role, "service.yml has its keys", SERVICE_KEYS - set(service)
          or set(service) - SERVICE_KEYS - SERVICE_MAY)
    check(role, "requires names roles", [
        name for name in service["requires"]
        if not (ROLES / name / "meta" / "service.yml").exists()])
    check(role, "every option is in service.yml", set(named) - set(hints))
    check(role, "every parameter of service.yml is an option",
          set(hints) - set(named))
    check(role, "every default belongs to an option",
          set(defaults) - set(named))
    for name, option in named.items():
        secret = option.get("no_log", False)
        if secret or option.get("required"):
            check(role, "secrets are required and have no default", []
                  if secret and option.get("required")
                  and "default" not in option and name not in defaults
                  else name)
        else:
            check(role, "defaults and specs say the same", []
                  if "default" in option and name in defaults
                  and option["default"] == defaults[name] else name)
        hint = hints.get(name, {})
        check(role, "a hint has known keys", set(hint) - HINT_KEYS)
        check(role, "a hint has a title, a group and a level", []
              if hint.get("title") and hint.get("group")
              and hint.get("level") in ("basic", "advanced") else name)
        check(role, "numbers have both ends, and only numbers have them", []
              if ("minimum" in hint) == ("maximum" in hint)
              == (option["type"] == "int") else name)
        check(role, "secrets are generated, and only secrets are", []
              if bool(hint.get("generate")) == secret
              and hint.get("generate", {}).get("kind", "uuid") in KINDS
              else name)
        if "pattern" in hint:
            check(role, "only texts have patterns", []
                  if option["type"] == "str" else name)
            default = option.get("default", "{{")
            check(role, "the default fits the pattern", []
                  if "{{" in default or re.fullmatch(hint["pattern"], default)
                  else name)
        elif option["type"] == "str" and "choices" not in option:
            check(role, "a text has choices or a pattern", name)
        if isinstance(option.get("default"), int) and "minimum" in hint:
            check(role, "the default is within its limits", []
                  if hint["minimum"] <= option["default"] <= hint["maximum"]
                  else name)
        if "choices" in option:
            check(role, "the default is a choice", []
                  if option.get("default") in option["choices"] else name)
        unprefixed = not name.startswith((role + "_", "openstack_"))
        check(role, "names begin with the role's", name if unprefixed else [])
    asserted = {
        " ".join(str(line).split()) for task in tasks_of(
            directory / "tasks" / "limits.yml")
        for line in task["ansible.builtin.assert"]["that"]}
    deployed = {name: hint for name, hint in hints.items()
                if name in specs["main"]["options"]}
    check(role, "the role asserts the limits of service.yml",
          asserted ^ limits(deployed))
    for entry in ("main", "check"):
        first = load(directory / "tasks" / (entry + ".yml"))[0]
        check(role, "%s begins with the limits" % entry, []
              if first.get("ansible.builtin.include_tasks") == "limits.yml"
              else first.get("name"))
    return service, named


def main():
    """Looks at every role."""
    shared, stages = {}, {}
    for directory in sorted(path for path in ROLES.iterdir()
                            if path.is_dir()):
        role = directory.name
        specs = load(directory / "meta" / "argument_specs.yml")[
            "argument_specs"]
        defaults = load(directory / "defaults" / "main.yml") or {}
        check(role, "no dependencies", load(
            directory / "meta" / "main.yml")["dependencies"])
        see_tasks(role, directory)
        if not (directory / "meta" / "service.yml").exists():
            see_specs(role, directory, specs, defaults)
            continue
        service, named = see_component(role, directory, specs, defaults)
        stages[role] = service["requires"]
        for name, option in named.items():
            if name.startswith("openstack_"):
                both = (option, service["parameters"].get(name))
                check(role, "a value of the stack is the same in all roles",
                      [] if shared.setdefault(name, both) == both else name)
    done, waiting = set(), dict(stages)
    while ready := [r for r in waiting if set(waiting[r]) <= done]:
        done |= set(ready)
        for role in ready:
            del waiting[role]
    check("catalogue", "requires has no cycle", sorted(waiting))
    print("%d passed, %d failed" % (len(seen - broken), len(broken)))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
