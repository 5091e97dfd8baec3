"""Writes differences as Ansible's default callback does.

One question a line: what a result has as `diff`. One answer a line: the text.
"""
import json
import os
import sys

os.environ["ANSIBLE_NOCOLOR"] = "1"
from ansible.plugins.callback import CallbackBase  # noqa: E402

callback = CallbackBase()
for line in sys.stdin:
    print(json.dumps(callback._get_diff(json.loads(line))), flush=True)
