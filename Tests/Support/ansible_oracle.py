"""Judge of the Ansible engine: answers questions with the real ansible-core.

One JSON object a line on standard input, one JSON object a line on standard
output. Values are answered as Python's repr of their plain form, which tells
1 from 1.0, True and '1', and a tuple from a list.
"""

import contextlib
import io
import json
import os
import re
import sys
import warnings

warnings.simplefilter("ignore")
ANSWERS = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
os.environ.setdefault("ANSIBLE_LOCALHOST_WARNING", "False")
os.environ.setdefault("ANSIBLE_DEPRECATION_WARNINGS", "False")
os.environ.setdefault("TZ", "UTC")

import yaml  # noqa: E402

from ansible import constants as C  # noqa: E402
from ansible.errors import AnsibleError  # noqa: E402
from ansible.module_utils._internal._datatag import AnsibleTagHelper  # noqa: E402
from ansible.parsing.dataloader import DataLoader  # noqa: E402
from ansible.parsing.vault import (  # noqa: E402
    EncryptedString,
    VaultLib,
    VaultSecret,
    VaultSecretsContext,
)
from ansible._internal._datatag._tags import Origin  # noqa: E402
from ansible.parsing.utils.yaml import from_yaml  # noqa: E402
from ansible.plugins.loader import init_plugin_loader  # noqa: E402
from ansible.template import Templar, trust_as_template  # noqa: E402
from ansible.utils.display import Display  # noqa: E402

init_plugin_loader([])

WARNINGS = []
Display.warning = lambda self, msg, *a, **k: WARNINGS.append(str(msg))
Display.deprecated = lambda self, msg, *a, **k: None
VaultSecretsContext.initialize(
    VaultSecretsContext([("default", VaultSecret(b"sesame"))])
)


def plain(value):
    """The value without tags, containers included."""
    if isinstance(value, EncryptedString):
        return plain(str(value))
    if isinstance(value, dict):
        return {plain(k): plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, tuple):
        return tuple(plain(v) for v in value)
    if isinstance(value, (set, frozenset)):
        return {plain(v) for v in value}
    return AnsibleTagHelper.as_native_type(value)


def trusted(value):
    """The value with every string a template."""
    if isinstance(value, dict):
        return {k: trusted(v) for k, v in value.items()}
    if isinstance(value, list):
        return [trusted(v) for v in value]
    return trust_as_template(value) if isinstance(value, str) else value


def chain(error):
    """All messages of an error and of its causes."""
    messages = []
    while error is not None and len(messages) < 12:
        text = str(error).strip()
        if text and text not in messages:
            messages.append(text)
        error = error.__cause__
    return messages


def template(question):
    loader = DataLoader()
    loader.set_basedir(question.get("basedir", "/"))
    loader.set_vault_secrets([("default", VaultSecret(b"sesame"))])
    variables = question.get("variables", {})
    if "yaml" in question:
        variables = yaml.safe_load(question["yaml"]) or {}
    if "json" in question:
        variables = json.loads(question["json"])
    if question.get("lazy"):
        variables = trusted(variables)
    templar = Templar(loader=loader, variables=variables)
    return repr(plain(templar.template(trust_as_template(question["text"]))))


def origins(value, path, found):
    """Path of every tagged value with its line and column."""
    origin = Origin.get_tag(value)
    if origin is not None:
        found[path] = [origin.line_num, origin.col_num]
    if isinstance(value, dict):
        for key, item in value.items():
            origins(item, f"{path}/{key}", found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            origins(item, f"{path}/{index}", found)


def load(question):
    value = from_yaml(question["text"], file_name="/t.yml")
    answer = {"value": repr(plain(value))}
    if question.get("origins"):
        found = {}
        origins(value, "", found)
        answer["origins"] = found
    return answer


def regex(question):
    flags = 0
    for letter in question.get("flags", ""):
        flags |= getattr(re, letter.upper())
    compiled = re.compile(question["pattern"], flags)
    method, text = question["method"], question["text"]
    if method == "sub":
        return repr(compiled.subn(question["with"], text))
    if method == "split":
        return repr(compiled.split(text))
    if method == "finditer":
        return repr([(m.group(), m.groups()) for m in compiled.finditer(text)])
    found = getattr(compiled, method)(text)
    return repr(found and (found.group(), found.groups()))


def vault(question):
    secret = VaultSecret(question["password"].encode())
    library = VaultLib([(question.get("id", "default"), secret)])
    if question["do"] == "encrypt":
        return library.encrypt(
            question["text"], secret, question.get("id")
        ).decode()
    return library.decrypt(question["text"]).decode()


def names(question):
    from ansible.plugins import loader

    found = {}
    for kind in ("filter", "test", "lookup"):
        plugins = getattr(loader, f"{kind}_loader").all()
        found[kind] = sorted({p.ansible_name for p in plugins})
    return found


ANSWERERS = {
    "template": template,
    "load": load,
    "regex": regex,
    "vault": vault,
    "names": names,
}


def main():
    for line in sys.stdin:
        question = json.loads(line)
        WARNINGS.clear()
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                result = ANSWERERS[question["op"]](question)
            answer = result if isinstance(result, dict) else {"value": result}
        except Exception as error:
            answer = {"errors": chain(error)}
            if (origin := Origin.get_tag(getattr(error, "obj", None))) is not None:
                answer["place"] = [origin.line_num, origin.col_num]
            elif isinstance(getattr(error, "obj", None), Origin):
                answer["place"] = [error.obj.line_num, error.obj.col_num]
        answer["warnings"] = list(WARNINGS)
        ANSWERS.write(json.dumps(answer) + "\n")
        ANSWERS.flush()


main()
