"""Runs the containers of rendered manifests on this machine, without a cluster.

A container's image is stood in for by this machine's own files, below them
what Debian packages and PyPI environments add, and above them a layer of its
own (overlayfs), so that nothing on the machine is changed. Everything else is
as in a node: kolla's own kolla_start and kolla_set_configs are run, the volumes
hold what the ConfigMaps and Secrets of the record hold, capabilities are those
of the manifest and no more, the user is that of kolla's image, a pod has a
network and an address of its own (on a bridge that this machine's network does
not see), its processes end together, and names of Services and pods resolve.

Needs root: mount, network and process namespaces.
"""
import base64
import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

SUPPORT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(
    os.environ.get("QUARTERDECK_CACHE")
    or pathlib.Path(os.environ.get("XDG_CACHE_HOME")
                    or pathlib.Path.home() / ".cache") / "quarterdeck")
# Users as kolla/common/users.py numbers them.
USERS = {"keystone": 42425, "mysql": 42434, "memcached": 42457}
KOLLA_GROUP = 42400
# The user that each image starts as.
IMAGE_USER = {"mariadb-server": "mysql", "memcached": "memcached",
              "keystone": "root"}


# What kolla's images of our roles hold, from Debian.
PACKAGES = ("galera-4", "mariadb-backup", "mariadb-server", "memcached",
            "socat", "sudo")


def isolate(*environments):
    """Goes on in mount, network and process namespaces of our own.

    Called first; runs this program again inside them. What comes from a
    network is fetched before: packages and the named environments.
    """
    if os.environ.get("QUARTERDECK_ISOLATED"):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if os.geteuid() != 0:
        sys.exit("this proof starts containers and needs root")
    layer()
    for name in ("ansible", "kolla", *environments):
        venv(name)
    os.environ["QUARTERDECK_ISOLATED"] = "yes"
    os.execvp("unshare", [
        "unshare", "--mount", "--net", "--pid", "--mount-proc", "--fork",
        "--kill-child",
        sys.executable, *sys.argv])


def venv(name):
    """The directory of a pinned environment."""
    python = subprocess.run([SUPPORT / "venv", name], check=True, text=True,
                            stdout=subprocess.PIPE).stdout.strip()
    return pathlib.Path(python).parent.parent


def layer():
    """A directory with the files of those packages that this machine lacks.

    They are unpacked, not installed: no service is started.
    """
    directory = CACHE / ("layer-" + "-".join(PACKAGES))
    if (directory / ".complete").exists():
        return directory
    shutil.rmtree(directory, ignore_errors=True)
    debs = directory / "debs"
    (debs / "partial").mkdir(parents=True)
    command = ["apt-get", "-qq", "-y", "--no-install-recommends",
               "--download-only", "-o", "Dir::Cache::archives=%s" % debs,
               "install", *PACKAGES]
    if subprocess.run(command, stdout=subprocess.DEVNULL,
                      stderr=subprocess.DEVNULL, check=False).returncode:
        subprocess.run(["apt-get", "-qq", "update"], check=True)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for deb in sorted(debs.glob("*.deb")):
        subprocess.run(["dpkg", "-x", deb, directory], check=True)
    shutil.rmtree(debs)
    # Debian's /bin, /lib and /sbin are links into /usr; directories of those
    # names would hide the machine's.
    for name in ("bin", "lib", "lib64", "sbin"):
        old = directory / name
        if old.is_dir() and not old.is_symlink():
            shutil.copytree(old, directory / "usr" / name, symlinks=True,
                            dirs_exist_ok=True)
            shutil.rmtree(old)
    (directory / ".complete").touch()
    return directory


def record(role, entry="main", variables=None, fixture=None):
    """What a real ansible-playbook renders for an entry point."""
    with tempfile.TemporaryDirectory() as work:
        command = [SUPPORT / "ansible" / "record", "--role", role,
                   "--entry", entry]
        values = pathlib.Path(work) / "vars.json"
        values.write_text(json.dumps(variables or {}))
        command += ["--vars", values]
        if fixture is not None:
            objects = pathlib.Path(work) / "fixture.json"
            objects.write_text(json.dumps(fixture))
            command += ["--fixture", objects]
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0:
        sys.exit("ansible-playbook failed for %s/%s:\n%s\n%s" % (
            role, entry, done.stderr[-3000:],
            [line for line in lines if line["event"] == "failed"]))
    return lines


def written(lines):
    """The objects that a record applies, by kind and name."""
    return {(d["kind"], d["metadata"]["name"]): d
            for line in lines if line["event"] == "module"
            and line["args"].get("state") == "present"
            for d in line.get("definitions", [])}


class Container:
    """One running container of a pod."""

    def __init__(self, name, process, log, address):
        self.name, self.process, self.log = name, process, log
        self.address = address

    def output(self):
        """What it wrote so far."""
        return self.log.read_text(errors="replace")

    def signal(self, number):
        """Signals the container's first process; with it all others end."""
        # unshare passes no signals on; its child is the first process.
        for child in subprocess.run(
                ["ps", "-o", "pid=", "--ppid", str(self.process.pid)],
                text=True, stdout=subprocess.PIPE,
                check=False).stdout.split():
            os.kill(int(child), number)

    def kill(self):
        """Ends all its processes at once, as the loss of a node does."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, grace):
        """Asks it to end and waits; returns whether it did in time."""
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(grace)
            return True
        except subprocess.TimeoutExpired:
            self.kill()
            return False


class Machine:
    """Stands in for a cluster's nodes: starts containers of recorded pods."""

    def __init__(self, objects, environment=None):
        self.objects = dict(objects)
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="quarterdeck-pods-"))
        self.upper = self.work / "layers"
        self.upper.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", self.upper],
                       check=True)
        self.environment = environment
        # A layer may not lie inside another one, and / is one; so the packages
        # go to the file system in memory.
        self.lower = [str(self.upper / "packages"), "/"]
        shutil.copytree(layer(), self.upper / "packages", symlinks=True)
        self.hosts, self.containers = {}, []
        pathlib.Path("/run/netns").mkdir(exist_ok=True)
        for command in ("mount -t tmpfs tmpfs /run/netns",
                        "ip link add pods type bridge",
                        "ip address add 10.99.0.1/16 dev pods",
                        "ip link set pods up"):
            subprocess.run(command.split(), check=True)
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for container in self.containers:
            if container.process.poll() is None:
                container.kill()
        subprocess.run(["umount", "--recursive", self.upper], check=False)
        if keep := os.environ.get("QUARTERDECK_KEEP_LOGS"):
            pathlib.Path(keep).mkdir(parents=True, exist_ok=True)
            for log in self.work.glob("*.log"):
                shutil.copy(log, keep)
        shutil.rmtree(self.work, ignore_errors=True)

    def name(self, host, address):
        """Makes a name resolve in containers started from now on."""
        self.hosts[host] = address

    def claim(self, name):
        """The directory of a claim; it outlives its pods."""
        directory = self.work / "claims" / name
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def start(self, owner, pod, address, claims=None, values=None):
        """Starts the one container of a workload's pod."""
        template = self.objects[owner]["spec"]["template"]["spec"]
        [container] = template["containers"]
        image = container["image"].rpartition("/")[2].partition(":")[0]
        self.count += 1
        layers = self.upper / str(self.count)
        for part in ("upper", "work", "root"):
            (layers / part).mkdir(parents=True)
        upper, root = layers / "upper", layers / "root"
        self.make_image(upper, image, {pod: address})
        subprocess.run(
            ["mount", "-t", "overlay", "overlay", "-o",
             "lowerdir=%s,upperdir=%s,workdir=%s" % (
                 ":".join(self.lower), upper, layers / "work"), root],
            check=True)
        group = template.get("securityContext", {}).get("fsGroup")
        for mount in container["volumeMounts"]:
            [volume] = [v for v in template["volumes"]
                        if v["name"] == mount["name"]] or [None]
            target = root / mount["mountPath"].lstrip("/")
            target.mkdir(parents=True, exist_ok=True)
            if volume is None:
                claim = claims[mount["name"]]
                if group:
                    os.chown(claim, -1, group)
                    claim.chmod(claim.stat().st_mode | 0o2770)
                subprocess.run(["mount", "--bind", claim, target], check=True)
                continue
            self.fill(volume, target, group)
        self.make_network(pod, address)
        variables = {"PATH": "/var/lib/kolla/venv/bin:/usr/local/sbin:"
                     "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                     "KOLLA_BASE_DISTRO": "debian"}
        for item in container.get("env", []):
            field = item.get("valueFrom", {}).get("fieldRef", {}).get(
                "fieldPath")
            variables[item["name"]] = {
                "metadata.name": pod, "status.podIP": address}.get(
                    field, item.get("value"))
        variables.update(values or {})
        user = IMAGE_USER[image]
        bounds = container["securityContext"]["capabilities"]
        assert bounds["drop"] == ["ALL"], bounds
        capabilities = "-all," + ",".join(
            "+" + c.lower() for c in bounds["add"])
        identity = [] if user == "root" else [
            "--reuid=%d" % USERS[user], "--regid=%d" % USERS[user],
            "--init-groups"]
        if user == "root":
            identity = ["--groups=%d" % group] if group else []
        inner = "mount -t proc proc {root}/proc && mount --rbind /dev " \
            "{root}/dev && exec chroot {root} setpriv {identity} " \
            "--bounding-set={caps} --inh-caps=-all env -i {env} " \
            "/usr/local/bin/kolla_start".format(
                root=shlex.quote(str(root)), caps=capabilities,
                identity=" ".join(identity),
                env=" ".join(shlex.quote("%s=%s" % v)
                             for v in variables.items()))
        log = self.work / ("%s-%d.log" % (pod, self.count))
        with open(log, "wb") as output:
            process = subprocess.Popen(
                ["nsenter", "--net=/run/netns/" + pod,
                 "unshare", "--mount", "--pid", "--fork", "--kill-child",
                 "--uts", "bash", "-c",
                 "hostname %s && %s" % (shlex.quote(pod), inner)],
                stdout=output, stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL)
        running = Container(pod, process, log, address)
        self.containers.append(running)
        return running

    def make_network(self, pod, address):
        """A network for a pod with its address; an earlier pod's goes."""
        subprocess.run(["ip", "netns", "delete", pod], check=False,
                       stderr=subprocess.DEVNULL)
        outer = "pod%d" % self.count
        inside = ["ip", "-netns", pod]
        for command in (
                ["ip", "netns", "add", pod],
                ["ip", "link", "add", outer, "type", "veth", "peer", "name",
                 "eth0", "netns", pod],
                ["ip", "link", "set", outer, "master", "pods", "up"],
                inside + ["address", "add", address + "/16", "dev", "eth0"],
                inside + ["link", "set", "eth0", "up"],
                inside + ["link", "set", "lo", "up"]):
            subprocess.run(command, check=True)

    def run_job(self, name, address, timeout=600, values=None):
        """Runs a Job's pod to its end; ends the program where it fails."""
        container = self.start(("Job", name), name, address, values=values)
        try:
            status = container.process.wait(timeout)
        except subprocess.TimeoutExpired:
            sys.exit("Job %s did not end within %d s:\n%s"
                     % (name, timeout, container.output()[-3000:]))
        if status != 0:
            sys.exit("Job %s ended with status %d:\n%s"
                     % (name, status, container.output()[-3000:]))
        return container.output()

    def make_image(self, upper, image, own):
        """What the image has and this machine has not."""
        kolla = venv("kolla") / "share" / "kolla" / "docker" / "base"
        bin_directory = upper / "usr/local/bin"
        bin_directory.mkdir(parents=True)
        for source, name in (("start.sh", "kolla_start"),
                             ("set_configs.py", "kolla_set_configs"),
                             ("copy_cacerts.sh", "kolla_copy_cacerts"),
                             ("install_projects.sh",
                              "kolla_install_projects")):
            shutil.copy(kolla / source, bin_directory / name)
            (bin_directory / name).chmod(0o755)
        etc = upper / "etc"
        etc.mkdir()
        shutil.copy(kolla / "sudoers", etc / "sudoers")
        (etc / "sudoers").chmod(0o440)
        for file, lines in (
                ("passwd", ["%s:x:%d:%d::/var/lib/%s:/usr/sbin/nologin"
                            % (u, n, n, u) for u, n in USERS.items()]),
                ("group", ["%s:x:%d:" % item for item in USERS.items()]
                 + ["kolla:x:%d:%s" % (KOLLA_GROUP, ",".join(USERS))]),
                ("shadow", ["%s:*:19000::::::" % u for u in USERS])):
            kept = [line for line in pathlib.Path("/etc", file).read_text()
                    .splitlines() if line.split(":")[0]
                    not in (*USERS, "kolla")]
            (etc / file).write_text("\n".join(kept + lines) + "\n")
        (etc / "hosts").write_text("127.0.0.1 localhost\n" + "".join(
            "%s %s\n" % (address, host)
            for host, address in {**self.hosts, **own}.items()))
        for directory, user in (("run/mysqld", "mysql"),
                                ("var/lib/mysql", "mysql"),
                                ("var/lib/keystone", "keystone")):
            path = upper / directory
            path.mkdir(parents=True)
            os.chown(path, USERS[user], USERS[user])
        # An empty file hides the machine's own settings of the server.
        (etc / "mysql").mkdir()
        (etc / "mysql" / "my.cnf").touch()
        if self.environment:
            (upper / "var/lib/kolla").mkdir(parents=True)
            (upper / "var/lib/kolla/venv").symlink_to(self.environment)
            # The environment and its python may lie in somebody's home.
            python = (self.environment / "bin" / "python").resolve()
            for path in (*self.environment.parents, *python.parents):
                copy = upper / str(path).lstrip("/")
                copy.mkdir(parents=True, exist_ok=True)
                copy.chmod(0o755)

    def fill(self, volume, target, group):
        """Writes a volume's files as a kubelet does."""
        files = {}
        sources = volume.get("projected", {}).get("sources") or [volume]
        for source in sources:
            kind = "configMap" if "configMap" in source else "secret"
            part = source[kind]
            name = part.get("name") or part.get("secretName")
            data = self.objects[
                ("ConfigMap" if kind == "configMap" else "Secret", name)][
                    "data"]
            items = part.get("items") or [
                {"key": key, "path": key} for key in data]
            for item in items:
                value = data[item["key"]]
                files[item["path"]] = (
                    base64.b64decode(value) if kind == "secret"
                    else value.encode())
        mode = (volume.get("secret") or volume.get("projected")
                or volume.get("configMap")).get("defaultMode", 0o644)
        # A kubelet's volume: the files are links into a dated directory.
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", target], check=True)
        dated = target / "..2026_01_01"
        dated.mkdir()
        (target / "..data").symlink_to("..2026_01_01")
        for path, content in files.items():
            (dated / path).write_bytes(content)
            (dated / path).chmod(mode | (0o440 if group else 0))
            if group:
                os.chown(dated / path, -1, group)
            (target / path).symlink_to("..data/" + path)
        subprocess.run(["mount", "-o", "remount,ro", target], check=True)


def probe(container, owner_template, name):
    """Whether a container's HTTP probe passes, as a kubelet asks it."""
    [spec] = owner_template["spec"]["containers"]
    check = spec[name]["httpGet"]
    port = check["port"]
    if isinstance(port, str):
        [port] = [p["containerPort"] for p in spec["ports"]
                  if p["name"] == port]
    url = "http://%s:%d%s" % (container.address, port, check["path"])
    try:
        with urllib.request.urlopen(
                url, timeout=spec[name].get("timeoutSeconds", 1)) as answer:
            return 200 <= answer.status < 400
    except urllib.error.HTTPError as error:
        return 200 <= error.code < 400
    except OSError:
        return False


def connects(address, port):
    """Whether a TCP probe passes."""
    try:
        socket.create_connection((address, port), 3).close()
        return True
    except OSError:
        return False


def wait_for(what, condition, timeout, containers=()):
    """Waits for a condition; ends the program with the logs where it stays."""
    deadline = time.monotonic() + timeout
    while not condition():
        for container in containers:
            if container.process.poll() is not None:
                sys.exit("%s ended with status %s while waiting for %s:\n%s"
                         % (container.name, container.process.returncode,
                            what, container.output()[-4000:]))
        if time.monotonic() > deadline:
            sys.exit("still not %s after %d s\n%s" % (what, timeout, "\n".join(
                "== %s\n%s" % (c.name, c.output()[-3000:])
                for c in containers)))
        time.sleep(0.5)


class Report:
    """Counts what was shown; the last line of a proof."""

    def __init__(self, name):
        self.name, self.passed, self.failed = name, 0, 0

    def check(self, what, good, detail=""):
        """Says and counts one result."""
        if good:
            self.passed += 1
            print("ok: " + what, flush=True)
        else:
            self.failed += 1
            print("error: %s %s" % (what, detail), flush=True)

    def end(self):
        """Says the sums; the program's exit status."""
        print("%d passed, %d failed" % (self.passed, self.failed))
        return 1 if self.failed else 0


def secrets():
    """Passwords with every character that a limit allows somewhere."""
    key = base64.urlsafe_b64encode
    return {
        "mariadb_root_password": "r00t_.~^@%+=:,/-word",
        "keystone_admin_password": "Adm1n!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
        "keystone_database_password": "database_.~-password",
        **{"keystone_%s_key_%d" % (kind, n): key(bytes(
            [n + 1 + 7 * (kind == "fernet")]) * 32).decode()
           for kind in ("fernet", "credential") for n in (0, 1)},
    }
