"""Judges argument specs: what the real ansible-core says of parameters.

One question a line: {"spec": YAML text, "parameters": YAML text}. One answer a
line: {"errors": [...], "parameters": {...}} as ArgumentSpecValidator gives
them, or {"crash": message} where the real one does not survive the question.
"""
import json
import sys

import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator


def answer(question):
    """Validates one set of parameters."""
    spec = yaml.safe_load(question["spec"]) or {}
    parameters = yaml.safe_load(question["parameters"]) or {}
    try:
        result = ArgumentSpecValidator(spec).validate(parameters)
    except Exception as error:  # the judge itself must go on
        return {"crash": f"{type(error).__name__}: {error}"}
    return {
        "errors": result.error_messages,
        "parameters": json.loads(json.dumps(
            result.validated_parameters, default=str)),
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
