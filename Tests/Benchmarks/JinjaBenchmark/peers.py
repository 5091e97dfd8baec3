"""The peers of the template benchmark, and the context that all render.

peers.py context        prints the context as a Python literal
peers.py TEMPLATE...    prints JSON: for each template and engine how long one
                        render and one compilation take, in microseconds, and
                        a digest of the output
"""

import hashlib
import json
import sys
import time

import jinja2
import minijinja


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
    }


def combine(first, second, recursive=False):
    """Ansible's filter, as far as the templates measured here need it."""
    result = dict(first)
    for key, value in second.items():
        if recursive and isinstance(value, dict) and key in result:
            value = combine(result[key], value, True)
        result[key] = value
    return result


def microseconds(call):
    """The best of several rounds, as other work on the machine only adds."""
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            call()
        spent = time.perf_counter() - start
        if spent > 0.1:
            break
        count *= 2
    best = spent / count
    for _ in range(8):
        start = time.perf_counter()
        for _ in range(count):
            call()
        best = min(best, (time.perf_counter() - start) / count)
    return best * 1e6


def measure(source):
    values = context()
    options = {"trim_blocks": True, "keep_trailing_newline": True}
    env = jinja2.Environment(**options)
    env.filters.update(combine=combine, bool=bool)
    template = env.from_string(source)
    peer = minijinja.Environment(
        pycompat=True, **options)
    peer.add_filter("combine", combine)
    peer.add_filter("bool", bool)
    peer.add_template("main", source)

    def compile_peer():
        peer.add_template("other", source)

    def digest(text):
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    return {
        "jinja2": {
            "render": microseconds(lambda: template.render(values)),
            "compile": microseconds(lambda: env.from_string(source)),
            "digest": digest(template.render(values)),
        },
        "minijinja": {
            "render": microseconds(
                lambda: peer.render_template("main", **values)),
            "compile": microseconds(compile_peer),
            "digest": digest(peer.render_template("main", **values)),
        },
    }


if sys.argv[1] == "context":
    print(repr(context()))
else:
    print(json.dumps({
        path: measure(open(path, encoding="utf-8").read())
        for path in sys.argv[1:]}))
