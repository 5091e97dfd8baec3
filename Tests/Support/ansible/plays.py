"""Runs small playbooks with the real ansible-core and tells what happened.

One question a line: {"project": directory, "playbook": YAML text, "files": {path:
text}, "extra": {...}, "tags": [...], "skip": [...], "check": bool, "diff": bool,
"kubeconfig": path, "fresh": bool}. The playbook and the files are written into a copy of the
project. With a kubeconfig the modules of kubernetes.core run
inside this process, for what starting each costs. One answer a line: {"events":
[{task, status, result}], "error": message or null}. What needs no cluster
and is not to be fresh is asked once and kept, see answers.py.
"""
import json
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
import answers  # noqa: E402

OUT = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)


def ask(question):
    """Has the real one answer; it is loaded when it is first needed."""
    import playbooks
    return playbooks.answer(question)


def answer(question):
    """The kept answer, or a new one."""
    if question.get("kubeconfig") or question.get("fresh"):
        return ask(question)
    project = question["project"]
    asked = answers.Question().add(
        json.dumps(dict(question, project=None), sort_keys=True))
    asked.add_files(project, __file__, HERE / "playbooks.py",
                    HERE.parent / "requirements" / "ansible.txt")
    return answers.kept(asked, lambda: ask(question))


for line in sys.stdin:
    OUT.write(json.dumps(answer(json.loads(line))) + "\n")
    OUT.flush()
