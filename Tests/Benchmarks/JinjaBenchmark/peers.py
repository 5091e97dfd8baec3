"""Measures our engine beside its peers, Jinja2 and MiniJinja.

peers.py BINARY TEMPLATE...

BINARY is JinjaBenchmark. All three render the same templates with the same
context, in turns; each of their rounds takes about SLICE microseconds of
processor time.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

import jinja2
import minijinja

ROUNDS = 21
SLICE = 20_000


def context():
    components = []
    for name, containers in (("api", 2), ("db_sync", 1), ("worker", 3)):
        components.append({
            "name": name,
            "kind": "StatefulSet" if name == "worker" else "Deployment",
            "replicas": "3",
            "annotations": {"checksum/etc": "0123456789abcdef", "a/b": "c"},
            "node_selector": {"quarterdeck.io/control-plane": "enabled"},
            "volumes": [
                {"name": "fernet", "kind": "secret", "secret": "fernet-keys"},
                {"name": "scratch", "kind": "emptyDir"},
            ],
            "containers": [{
                "name": f"{name}-{i}",
                "image": f"keystone-{name}",
                "command": ["/usr/local/bin/kolla_start", "--verbose", str(i)],
                "env": [
                    {"name": "kolla_config_strategy", "value": "COPY_ALWAYS"},
                    {"name": "os_password", "secret": "keystone", "key": "pw"},
                    {"name": "pod_ip", "value": "10.0.0.1"},
                ],
                "ports": [{"name": "public", "number": 5000 + i},
                          {"name": "admin", "number": 35357 + i}],
                "path": "/v3",
                "memory": 512,
                "mounts": [{"name": "config", "path": "/var/lib/kolla",
                            "read_only": True},
                           {"name": "fernet", "path": "/etc/keystone/fernet"}],
            } for i in range(containers)],
        })
    sections = [{
        "name": f"section_{s}",
        "options": [
            {"name": f"option_{s}_{i}",
             "value": (" text ", 12, True, ["a", "b", "c"], 1.5, None)[i % 6]}
            for i in range(12)],
    } for s in range(8)]
    endpoints = [{"name": f"endpoint-{i}", "scheme": "https", "port": 5000 + i,
                  "path": "/v3", "enabled": i % 4 != 3} for i in range(8)]
    return {
        "name": "keystone", "namespace": "openstack", "registry": "quay.io/kolla",
        "tag": "2025.2", "components": components, "sections": sections,
        "endpoints": endpoints,
        # What the catalogue's templates ask for.
        "mariadb_port": 3306, "mariadb_max_connections": 10000,
        "mariadb_buffer_pool_size": "512M", "mariadb_binlog_expire_days": 7,
        "mariadb_cluster_name": "openstack", "mariadb_sst_method": "mariabackup",
        "mariadb_config": {"mariadbd": {"wait_timeout": 600}},
        "keystone_debug": False, "keystone_cache_enabled": True,
        "keystone_memcached_list": [f"memcached-{i}:11211" for i in range(3)],
        "keystone_database_max_pool_size": 5,
        "keystone_fernet_max_active_keys": 7, "keystone_token_expiration": 86400,
        "keystone_allow_expired_window": 172800,
        "keystone_config": {"DEFAULT": {"log_dir": "/var/log/kolla"}},
        "keystone_database_user": "keystone",
        "keystone_database_password": "k3y5t0n3", "keystone_database_port": 3306,
        "keystone_database_host": "mariadb.openstack.svc.cluster.local",
        "keystone_database_name": "keystone", "keystone_port": 5000,
        "keystone_workers": 4, "keystone_termination_grace_period": 60,
        "keystone_database_action": "create",
    }


def combine(first, second, recursive=False):
    """Ansible's filter, as far as the templates measured here need it."""
    result = dict(first)
    for key, value in second.items():
        if recursive and isinstance(value, dict) and key in result:
            value = combine(result[key], value, True)
        result[key] = value
    return result


class Ours:
    """Our engine: a process that measures itself."""

    def __init__(self, binary, templates):
        self.context = tempfile.NamedTemporaryFile("w", suffix=".py")
        self.context.write(repr(context()))
        self.context.flush()
        self.process = subprocess.Popen(
            [binary, self.context.name, *templates], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, *words):
        print(*words, file=self.process.stdin, flush=True)
        return self.process.stdout.readline().strip()

    def measure(self, what, place, count):
        return float(self.ask(what, place, count)) / 1e3

    def output(self, place):
        return bytes.fromhex(self.ask("show", place)).decode()


class Peer:
    """An engine of this process: its calls, by what they do and template."""

    def __init__(self, calls, output):
        self.calls = calls
        self.output = output

    def measure(self, what, place, count):
        call = self.calls[what][place]
        start = time.process_time()
        for _ in range(count):
            call()
        return (time.process_time() - start) / count * 1e6


def python(sources):
    values = context()
    env = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True)
    env.filters.update(combine=combine, bool=bool)
    templates = [env.from_string(source) for source in sources]
    return Peer({
        "render": [lambda t=t: t.render(values) for t in templates],
        "compile": [lambda s=s: env.from_string(s) for s in sources],
    }, lambda place: templates[place].render(values))


def rust(sources):
    values = context()
    env = minijinja.Environment(
        pycompat=True, trim_blocks=True, keep_trailing_newline=True)
    env.add_filter("combine", combine)
    env.add_filter("bool", bool)
    names = [f"template {place}" for place in range(len(sources))]
    for name, source in zip(names, sources):
        env.add_template(name, source)

    def render(place):
        return env.render_template(names[place], **values)

    return Peer({
        "render": [lambda p=p: render(p) for p in range(len(sources))],
        "compile": [
            lambda s=s: env.add_template("compiled", s) for s in sources],
    }, render)


def compare(engines, what, place):
    """Median times of many rounds that take turns, and of their ratios."""
    counts = {}
    for name, engine in engines.items():
        engine.measure(what, place, 3)
        once = max(engine.measure(what, place, 10), 0.5)
        counts[name] = max(3, int(SLICE / once))
    rounds = []
    for turn in range(ROUNDS):
        order = list(engines)
        order = order[turn % 3:] + order[:turn % 3]
        rounds.append({
            name: engines[name].measure(what, place, counts[name])
            for name in order})
    median = statistics.median
    return (
        median(r["ours"] for r in rounds),
        median(r["jinja2"] / r["ours"] for r in rounds),
        median(r["minijinja"] / r["ours"] for r in rounds))


def title(path):
    """How the table calls a template: role and file."""
    words = path.split("/")
    return "/".join([words[-3], words[-1]] if "roles" in words else words[-1:])


def main():
    binary, *paths = sys.argv[1:]
    sources = [open(path, encoding="utf-8").read() for path in paths]
    engines = {"ours": Ours(binary, paths), "jinja2": python(sources),
               "minijinja": rust(sources)}
    missed = False
    print(f"{'template':34} {'render us':>10} {'x Jinja2':>9}"
          f" {'x MiniJinja':>12} {'compile us':>11} {'x Jinja2':>9}"
          "  same bytes")
    for place, path in enumerate(paths):
        render, over_jinja, over_mini = compare(engines, "render", place)
        compiled, faster, _ = compare(engines, "compile", place)
        texts = {engine.output(place) for engine in engines.values()}
        print(f"{title(path):34} {render:10.1f} {over_jinja:9.2f}"
              f" {over_mini:12.2f} {compiled:11.1f} {faster:9.1f}"
              f"  {'yes' if len(texts) == 1 else 'NO'}", flush=True)
        missed |= (len(texts) != 1 or over_jinja < 3 / 2 or over_mini < 1 / 2
                   or faster < 5 / 2)
    before = int(engines["ours"].ask("memory"))
    for place in range(len(paths)):
        engines["ours"].measure("render", place, 20_000)
    grown = int(engines["ours"].ask("memory")) - before
    print(f"memory after 20,000 more renders of each: {grown * 4:+d} KiB")
    missed |= grown > 1024
    print("to reach: 3 x Jinja2 and 1 x MiniJinja rendering, 5 x Jinja2"
          " compiling (processor time, medians); the filters combine and bool,"
          " which only Ansible has, are Python functions in both peers")
    sys.exit(1 if missed and "QUARTERDECK_CHECK" in os.environ else 0)


main()
