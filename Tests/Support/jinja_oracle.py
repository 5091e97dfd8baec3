"""Judges templates with the real Jinja2: one question and one answer a line.

A question is JSON: templates (by name; the one called "main" is rendered),
context (a Python literal), options (as jinja2.Environment takes them, and
native, sandboxed, undefined by a short name), expression (instead of a
template). The answer is JSON: text, or error with class, message and line.
"""

import ast
import json
import re
import resource
import signal
import sys

import jinja2
import jinja2.sandbox
from jinja2.nativetypes import NativeEnvironment

UNDEFINED = {
    "default": jinja2.Undefined,
    "chainable": jinja2.ChainableUndefined,
    "debug": jinja2.DebugUndefined,
    "strict": jinja2.StrictUndefined,
}
EXTENSIONS = {
    "do": "jinja2.ext.do",
    "loopcontrols": "jinja2.ext.loopcontrols",
    "i18n": "jinja2.ext.i18n",
    "debug": "jinja2.ext.debug",
}
# What random templates make by multiplying takes minutes to compare.
LONGEST = 1 << 20
# Of computing, for one template: some would loop for days.
SECONDS = 20
ADDRESS = re.compile(r"0x[0-9a-f]{6,}|memory:[0-9a-f]{6,}")


def environment(options, templates):
    options = dict(options)
    native = options.pop("native", False)
    sandboxed = options.pop("sandboxed", False)
    options["undefined"] = UNDEFINED[options.get("undefined", "default")]
    options["extensions"] = [EXTENSIONS[e] for e in options.get("extensions", [])]

    def load(name):
        if name not in templates:
            return None
        return templates[name], name, lambda: True

    kind = jinja2.Environment
    if native:
        kind = NativeEnvironment
    elif sandboxed:
        kind = jinja2.sandbox.SandboxedEnvironment
    env = kind(loader=jinja2.FunctionLoader(load), **options)
    if "jinja2.ext.i18n" in options["extensions"]:
        env.install_null_translations(newstyle=True)
    return env


def place(error):
    """The line in a template that an error comes from, and its name."""
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.lineno, error.name
    found = (0, None)
    trace = error.__traceback__
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            found = (trace.tb_lineno, trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    return found


def judge(question):
    templates = question["templates"]
    try:
        context = ast.literal_eval(question["context"] or "{}")
        env = environment(question.get("options", {}), templates)
        if "expression" in question:
            value = env.compile_expression(
                question["expression"], undefined_to_none=False)(**context)
            text = repr(value)
        else:
            value = env.get_template("main").render(**context)
            text = value if isinstance(value, str) else repr(value)
            if env.__class__ is NativeEnvironment:
                text = repr(value)
        if len(text) > LONGEST:
            raise MemoryError(f"a text of {len(text)} characters")
        return {"text": ADDRESS.sub("0xADDRESS", text)}
    except Exception as error:
        line, name = place(error)
        return {
            "class": type(error).__name__,
            "message": ADDRESS.sub("0xADDRESS", str(error)),
            "line": line,
            "template": name,
        }


def bounded(question):
    """The answer, or that there was none within SECONDS of computing."""
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            return judge(question)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except TimeoutError as error:
        return {"class": "TimeoutError", "message": str(error), "line": 0,
                "template": None}


def give_up(_number, _frame):
    raise TimeoutError(f"more than {SECONDS} seconds of computing")


def main():
    sys.setrecursionlimit(2000)
    # Jinja2 has no limits: a bomb ends in a MemoryError of its own, not in the
    # end of the machine's memory.
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    # Nor has it limits of time.
    signal.signal(signal.SIGVTALRM, give_up)
    # Threads of Swift start their children with all signals blocked.
    signal.pthread_sigmask(
        signal.SIG_UNBLOCK, {signal.SIGVTALRM, signal.SIGTERM})
    for line in sys.stdin:
        answers = [bounded(question) for question in json.loads(line)]
        print(json.dumps(answers), flush=True)


main()
