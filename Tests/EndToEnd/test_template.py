"""`quarterdeck template` reaches the whole template language from the shell,
and agrees with the real Jinja2."""

import json
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
JUDGE = """
import json, sys, jinja2
case = json.load(sys.stdin)
env = jinja2.Environment(
    loader=jinja2.FileSystemLoader(case["folders"]),
    **{"trim_blocks": True, "keep_trailing_newline": True,
       "undefined": jinja2.StrictUndefined, **case["options"]})
text = env.get_template(case["name"]).render(**case["variables"])
sys.stdout.buffer.write(text.encode())
"""


@pytest.fixture(scope="session")
def jinja():
    """Renders a file of the first folder with the real Jinja2."""
    python = subprocess.run(
        [ROOT / "Tests/Support/venv", "jinja"], check=True, text=True,
        capture_output=True).stdout.strip()

    def render(name, folders, variables=None, options=None):
        case = {"name": name, "folders": [str(one) for one in folders],
                "variables": variables or {}, "options": options or {}}
        return subprocess.run(
            [python, "-c", JUDGE], input=json.dumps(case).encode(),
            check=True, capture_output=True).stdout

    return render


EXTENSIONS = ["jinja2.ext.do", "jinja2.ext.loopcontrols"]
VARIABLES = {"hosts": ["b", "a", "c"], "port": 3306, "tls": {"on": True}}
FILES = {
    "base.j2": "<{% block head %}base{% endblock %}|"
               "{% block body required %}{% endblock %}>\n",
    "child.j2": "{% extends 'base.j2' %}{% from 'macros.j2' import row %}"
                "{% block body %}{{ super is defined }}"
                "{% for host in hosts | sort %}{{ row(host, loop.index) }}"
                "{% endfor %}{% include 'nowhere.j2' ignore missing %}"
                "{% endblock %}",
    "loops.j2": "{% for k, v in tls.items() recursive %}{{ k }}={{ v }}"
                "{% else %}none{% endfor %}\n"
                "{% set ns = namespace(n=0) %}{% for host in hosts %}"
                "{% if loop.first %}{% continue %}{% endif %}"
                "{% do hosts.index(host) %}{% set ns.n = ns.n + port %}"
                "{% endfor %}{{ ns.n }} {{ '%05.1f' % (port / 7) }}\n"
                "{% filter upper %}{% call wrap(1) %}x{% endcall %}"
                "{% endfilter %}{{ hosts[::-1] }}\n",
    "macros.j2": "{% macro row(host, n, last=false) %}{{ varargs }}"
                 "[{{ n }}:{{ host }}{{ ',' if not last }}]{% endmacro %}",
    "lines.j2": "# for host in hosts:\n"
                "  << host >>  ## said\n"
                "# endfor\n<% if port > 1 -%>\n  many\n<%- endif %>\n",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        place = tmp_path / ("lib" if name == "macros.j2" else ".")
        place.mkdir(exist_ok=True)
        (place / name).write_text(text)
    (tmp_path / "loops.j2").write_text(
        "{% macro wrap(n) %}({{ n }}{{ caller() }}){% endmacro %}\n"
        + FILES["loops.j2"])
    (tmp_path / "vars.yml").write_text(json.dumps(VARIABLES))
    return tmp_path


@pytest.mark.parametrize("name, options", [
    ("child.j2", {}),
    ("loops.j2", {"extensions": EXTENSIONS}),
    ("loops.j2", {"extensions": EXTENSIONS, "trim_blocks": False,
                  "newline_sequence": "\r\n"}),
    ("lines.j2", {
        "line_statement_prefix": "#", "line_comment_prefix": "##",
        "variable_start_string": "<<", "variable_end_string": ">>",
        "block_start_string": "<%", "block_end_string": "%>",
        "lstrip_blocks": True, "keep_trailing_newline": False}),
])
def test_it_renders_as_jinja2(folder, command, binary, jinja, environment,
                              name, options):
    expected = jinja(name, [folder, folder / "lib"], VARIABLES, options)
    done = subprocess.run(
        [binary, "template", name, "-e", "@vars.yml", "--search-path", "lib",
         "--jinja-options", json.dumps({"native": False, **options})],
        cwd=folder, env=environment, capture_output=True, timeout=60)
    assert done.stderr == b""
    assert done.stdout == expected
    assert done.returncode == 0


def test_a_native_value_is_json(command):
    value = ["\\u003c", "<&>'", 1.5, None, True, {"é\n": (1 << 70)}]
    done = command(
        "template", "-", "-e", json.dumps({"value": value}),
        "--jinja-options", '{"native": true}', input="{{ value }}")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == value


def test_limits_hold(command):
    bomb = "{% for i in range(9999999) %}{% for j in range(9999999) %}x" \
        "{% endfor %}{% endfor %}"
    done = command("template", "-", "--jinja-options",
                   '{"limits": {"steps": 1000}}', input=bomb)
    assert done.returncode == 2
    assert "<stdin>:1:" in done.stderr and "1000 steps" in done.stderr


@pytest.mark.parametrize("options, word", [
    ('{"trim_block": true}', "trim_block"), ("[1]", "dictionary"),
    ('{"limits": {"step": 1}}', "step"), ('{"undefined": "odd"}', "odd"),
])
def test_wrong_options_are_told(command, options, word):
    done = command("template", "-", "--jinja-options", options, input="x")
    assert done.returncode == 64 and done.stdout == ""
    assert word in done.stderr
