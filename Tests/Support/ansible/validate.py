"""Tells what kubernetes-validate says of objects.

One question a line: {"version": "v1.20.2", "objects": [...]}. One answer a
line: [[lenient, strict], ...], each "ok", "error" or "unknown".
"""
import json
import sys

import kubernetes_validate


def verdict(item, version, strict):
    """What the k8s module makes of one object."""
    try:
        kubernetes_validate.validate(item, version, strict)
        return "ok"
    except kubernetes_validate.ValidationError:
        return "error"
    except kubernetes_validate.SchemaNotFoundError:
        return "unknown"


for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps([
        [verdict(item, question["version"], strict) for strict in (False, True)]
        for item in question["objects"]]), flush=True)
