"""Tells which arguments the real modules document.

One question a line: a list of full module names. One answer a line: {module:
{argument: {"type", "aliases", "choices", "suboptions": [names]}}}. It is asked
once and kept, see answers.py.
"""
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]
import answers  # noqa: E402

OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def ask(names):
    """Reads the modules' documentation as ansible-doc does."""
    from ansible.plugins.loader import (
        fragment_loader, init_plugin_loader, module_loader)
    from ansible.utils.plugin_docs import get_docstring
    init_plugin_loader()
    told = {}
    for name in names:
        found = module_loader.find_plugin_with_context(name)
        doc = get_docstring(found.plugin_resolved_path, fragment_loader,
                            collection_name=found.plugin_resolved_collection,
                            plugin_type="module")[0]
        told[name] = {
            option: {
                "type": about.get("type", "str"),
                "aliases": about.get("aliases", []),
                "choices": list(about.get("choices") or []),
                "suboptions": sorted(about.get("suboptions") or {}),
            } for option, about in doc["options"].items()}
    return told


for line in sys.stdin:
    question = answers.Question().add(line).add_files(
        __file__, HERE.parent / "requirements" / "ansible.txt")
    OUT.write(json.dumps(
        answers.kept(question, lambda: ask(json.loads(line)))) + "\n")
    OUT.flush()
