#!/usr/bin/env python3
"""Starts one member of a Galera cluster and watches over it.

Galera must be started from the member that has seen the last write; started
from another, that write is lost, and started from two, the cluster is split.
After a complete outage no member knows alone which one that is. So every
member offers its position to the others over HTTP, and all of them decide by
the same rule from the same facts, without the Kubernetes API:

1.  A member whose data directory is empty is "blank". Any other finds its
    position (cluster uuid and sequence number) in grastate.dat, or, after a
    crash, by asking the server to recover it from InnoDB.
2.  If any member is part of a primary component, this one joins it.
3.  Otherwise it waits until every configured member answers, none of them is
    running, and those with data belong to one cluster. The member with the
    highest (has data, sequence number, marked safe by a clean shutdown), the
    lowest number among equals, starts the cluster. The others wait for it and
    go on with 2.
4.  A member whose server is outside the primary component for a minute, while
    another member is in it or all answer and none is, stops its server and
    begins again at 1. So a cluster that has come apart as a whole heals the
    same way, and a server that dropped out and does not come back is helped.
    A member that is cut off from the others keeps its server and waits.

A missing member holds step 3, since it may have the last write. Where it is
lost for good, bootstrap_member in galera.json names the member to start from.

Settings: /etc/mysql/galera.json; the root account's password:
/etc/mysql/root-password; POD_NAME and POD_IP from the environment.
"""
import glob
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request

DATA = "/var/lib/mysql"
SETTINGS = "/etc/mysql/galera.json"
PASSWORD = "/etc/mysql/root-password"
SOCKET = "/run/mysqld/mysqld.sock"
# Present while a new data directory is being made; one that was left half made
# is thrown away.
UNFINISHED = os.path.join(DATA, "quarterdeck-unfinished")
GRASTATE = os.path.join(DATA, "grastate.dat")
NO_UUID = "00000000-0000-0000-0000-000000000000"
PATIENCE_WITHOUT_PRIMARY = 60
JOINER, DONOR, JOINED, SYNCED = 1, 2, 3, 4


def say(text):
    """Writes one line to the container's log."""
    print("galera-start: " + text, file=sys.stderr, flush=True)


class Position:
    """What a member's data directory holds, without its server running."""

    def __init__(self, blank, uuid=NO_UUID, seqno=-1, safe=False):
        self.blank, self.uuid, self.seqno, self.safe = blank, uuid, seqno, safe

    def __str__(self):
        if self.blank:
            return "no data"
        return "%s:%d%s" % (
            self.uuid, self.seqno, ", safe to bootstrap" if self.safe else "")


def parse_grastate(text):
    """The fields of grastate.dat as a dictionary of strings."""
    return dict(re.findall(r"^(\w+):\s*(\S+)\s*$", text, re.MULTILINE))


def find_position():
    """Step 1: reads or recovers the position of the data directory."""
    if os.path.exists(UNFINISHED):
        say("the data directory was left half made; starting afresh")
        empty_data()
    if not os.path.isdir(os.path.join(DATA, "mysql")):
        return Position(blank=True)
    fields = {}
    try:
        with open(GRASTATE, encoding="utf-8") as file:
            fields = parse_grastate(file.read())
    except FileNotFoundError:
        pass
    uuid = fields.get("uuid", NO_UUID)
    seqno = int(fields.get("seqno", "-1"))
    safe = fields.get("safe_to_bootstrap") == "1"
    if seqno < 0 or uuid == NO_UUID:
        say("recovering the position from InnoDB")
        recovered = recover()
        if recovered is not None:
            uuid, seqno = recovered
    if uuid == NO_UUID:
        # A state transfer that broke off leaves data that nobody can use.
        return Position(blank=True)
    return Position(False, uuid, seqno, safe)


def recover():
    """Asks the server for the position of the last transaction in InnoDB."""
    done = subprocess.run(
        ["mariadbd", "--wsrep-recover", "--skip-log-error",
         "--wsrep-cluster-address=gcomm://"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", check=False)
    found = re.search(
        r"WSRep: Recovered position:?\s*([0-9a-f-]{36}):(-?\d+)", done.stdout,
        re.IGNORECASE)
    if found:
        return found.group(1), int(found.group(2))
    say("the server recovered no position:\n" + done.stdout[-4000:])
    if done.returncode != 0:
        sys.exit("galera-start: the data directory cannot be read; "
                 "the server's own words are above")
    return None


def empty_data():
    """Removes all that is in the data directory, the marker last."""
    for path in glob.glob(os.path.join(DATA, "*")) + glob.glob(
            os.path.join(DATA, ".[!.]*")):
        if path == UNFINISHED or os.path.basename(path) == "lost+found":
            continue
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
    if os.path.exists(UNFINISHED):
        os.unlink(UNFINISHED)


def make_data():
    """Makes the system tables of a new cluster."""
    say("making the system tables of a new cluster")
    empty_data()
    with open(UNFINISHED, "w", encoding="utf-8"):
        pass
    subprocess.run(
        ["mariadb-install-db", "--datadir=" + DATA, "--skip-test-db",
         "--wsrep-on=OFF", "--wsrep-cluster-address=gcomm://",
         "--auth-root-authentication-method=socket",
         "--auth-root-socket-user=mysql"],
        check=True, stdout=subprocess.DEVNULL)
    os.unlink(UNFINISHED)


def mark_safe():
    """Lets the server start a cluster from this data directory."""
    try:
        with open(GRASTATE, encoding="utf-8") as file:
            text = file.read()
    except FileNotFoundError:
        return
    text = re.sub(r"^safe_to_bootstrap:.*$", "safe_to_bootstrap: 1", text,
                  flags=re.MULTILINE)
    with open(GRASTATE + ".new", "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(GRASTATE + ".new", GRASTATE)


def choose(states):
    """Step 3: who starts the cluster.

    Takes the answers of all members in their order, None for a member that
    does not answer. Returns (number, None) or (None, reason to wait).
    """
    missing = [n for n, state in enumerate(states) if state is None]
    if missing:
        return None, "no answer from member " + ", ".join(map(str, missing))
    busy = [n for n, state in enumerate(states) if state["phase"] != "waiting"]
    if busy:
        return None, "; ".join(
            "member %d is %s" % (n, states[n]["phase"]) for n in busy)
    uuids = sorted({s["uuid"] for s in states if not s["blank"]})
    if len(uuids) > 1:
        return None, (
            "members hold the data of different clusters (%s); name the one "
            "to start from in mariadb_bootstrap_member" % ", ".join(uuids))
    return max(
        range(len(states)),
        key=lambda n: (not states[n]["blank"], states[n]["seqno"],
                       states[n]["safe"], -n)), None


def sql(statement):
    """Runs SQL over the socket as the account that the operating system names.

    Returns the rows, one list of columns each, or None without an answer.
    """
    try:
        done = subprocess.run(
            ["mariadb", "--no-defaults", "--user=mysql", "--socket=" + SOCKET,
             "--connect-timeout=5", "--batch", "--skip-column-names"],
            input=statement, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, timeout=20, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        return None
    return [line.split("\t") for line in done.stdout.splitlines()]


def quoted(text):
    """A string literal of SQL."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


class Member:
    """This member: its position, its server and what it tells the others."""

    def __init__(self, settings, name, address):
        self.settings, self.address = settings, address
        self.hosts = settings["members"]
        names = [host.split(".")[0] for host in self.hosts]
        if name not in names:
            sys.exit("galera-start: %s is not among the members %s"
                     % (name, ", ".join(names)))
        self.number, self.name = names.index(name), name
        self.position = Position(blank=True)
        self.phase = "recovering"
        self.server = None
        self.stopping = threading.Event()
        self.status = {}
        self.said = None

    # What the others and the probes see.

    def state(self):
        """The facts for the other members."""
        return {
            "name": self.name, "phase": self.phase,
            "blank": self.position.blank, "uuid": self.position.uuid,
            "seqno": self.position.seqno, "safe": self.position.safe,
            "primary": self.phase == "running" and self.is_primary(),
        }

    def refresh(self):
        """Reads the server's replication status."""
        rows = sql("SHOW GLOBAL STATUS WHERE Variable_name IN "
                   "('wsrep_ready','wsrep_cluster_status','wsrep_local_state',"
                   "'wsrep_cluster_size');")
        self.status = dict(r for r in rows or [] if len(r) == 2)

    def is_primary(self):
        """Whether the server is part of a primary component."""
        return self.status.get("wsrep_cluster_status") == "Primary"

    def is_ready(self):
        """Whether clients can use this member."""
        return (self.phase == "running" and self.is_primary()
                and self.status.get("wsrep_ready") == "ON"
                and self.status.get("wsrep_local_state")
                in (str(SYNCED), str(DONOR)))

    def serve(self):
        """Answers the other members and the probes until the end."""
        member = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """GET /state, /ready and /alive."""

            def do_GET(self):
                """Answers one request."""
                found = {"/state": True, "/alive": True,
                         "/ready": member.is_ready()}.get(self.path)
                body = json.dumps(member.state()).encode()
                self.send_response(
                    404 if found is None else 200 if found else 503)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Keeps requests out of the log."""

        server = http.server.ThreadingHTTPServer(
            (self.address, self.settings["exchange_port"]), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()

    def ask(self, number):
        """Another member's state, or None where it does not answer."""
        if number == self.number:
            return self.state()
        url = "http://%s:%d/state" % (
            self.hosts[number], self.settings["exchange_port"])
        try:
            with urllib.request.urlopen(url, timeout=3) as answer:
                state = json.load(answer)
        except (OSError, ValueError):
            return None
        # An address may have passed to another pod meanwhile.
        return state if state.get("name") == self.hosts[number].split(".")[
            0] else None

    def ask_all(self):
        """The states of all members in their order, asked side by side."""
        states = [None] * len(self.hosts)

        def put(number):
            states[number] = self.ask(number)

        threads = [threading.Thread(target=put, args=(n,))
                   for n in range(len(self.hosts))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return states

    # The server.

    def start(self, new_cluster):
        """Starts the server, as a new cluster or into the existing one."""
        if new_cluster:
            if self.position.blank:
                make_data()
            else:
                mark_safe()
        elif self.position.blank:
            empty_data()
        options = dict(self.settings["provider_options"])
        options["gmcast.listen_addr"] = "tcp://%s:%d" % (
            self.address, self.settings["wsrep_port"])
        options["ist.recv_addr"] = "%s:%d" % (
            self.address, self.settings["ist_port"])
        command = [
            "mariadbd",
            "--bind-address=" + self.address,
            "--wsrep-node-name=" + self.name,
            "--wsrep-node-address=%s:%d" % (
                self.address, self.settings["wsrep_port"]),
            "--wsrep-sst-receive-address=%s:%d" % (
                self.address, self.settings["sst_port"]),
            "--wsrep-provider-options=" + ";".join(
                "%s=%s" % pair for pair in sorted(options.items())),
            "--wsrep-cluster-address=gcomm://" + ",".join(
                "%s:%d" % (host, self.settings["wsrep_port"])
                for host in self.hosts),
        ]
        if new_cluster:
            command.append("--wsrep-new-cluster")
        self.phase = "bootstrapping" if new_cluster else "joining"
        self.status = {}
        say("starting the server, "
            + ("as a new cluster" if new_cluster else "to join the cluster"))
        self.server = subprocess.Popen(command)

    def stop(self):
        """Stops the server cleanly and waits for it."""
        if self.server is not None and self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            self.server.wait()

    def set_accounts(self):
        """Gives the root account the password that is set now."""
        with open(PASSWORD, encoding="utf-8") as file:
            password = file.read().rstrip("\n")
        return sql(
            "CREATE USER IF NOT EXISTS 'root'@'%%' IDENTIFIED BY %s;"
            "ALTER USER 'root'@'%%' IDENTIFIED BY %s;"
            "GRANT ALL PRIVILEGES ON *.* TO 'root'@'%%' WITH GRANT OPTION;"
            % (quoted(password), quoted(password))) is not None

    # The steps.

    def wait_for_turn(self):
        """Steps 2 and 3: returns whether to start as a new cluster."""
        self.phase = "waiting"
        while not self.stopping.is_set():
            states = self.ask_all()
            primary = [n for n, s in enumerate(states) if s and s["primary"]]
            if primary:
                say("member %d is in the primary component" % primary[0])
                return False
            if self.settings["bootstrap_member"] == self.number:
                say("starting the cluster from here by force "
                    "(mariadb_bootstrap_member)")
                return True
            chosen, reason = choose(states)
            if chosen == self.number:
                say("this member is the most advanced (%s)" % self.position)
                return True
            self.say_once(
                "waiting: " + (reason or "member %d starts the cluster"
                               % chosen))
            self.stopping.wait(2)
        return None

    def watch(self):
        """Step 4: returns when the server ended or is to begin again."""
        started = time.monotonic()
        alone_since = None
        while not self.stopping.wait(2):
            if self.server.poll() is not None:
                sys.exit("galera-start: the server ended with status %d"
                         % self.server.returncode)
            self.refresh()
            now = time.monotonic()
            if self.is_primary():
                alone_since = None
                synced = self.status.get("wsrep_local_state") in (
                    str(SYNCED), str(DONOR))
                if self.phase != "running" and synced and self.set_accounts():
                    self.phase = "running"
                    say("in the primary component of %s members"
                        % self.status.get("wsrep_cluster_size"))
                continue
            states = self.ask_all()
            if self.status:
                # The server answers: it is outside, not copying data.
                lost = all(states) or any(s and s["primary"] for s in states)
            else:
                lost = all(states) and not any(s["primary"] for s in states)
            if self.phase == "bootstrapping" or not lost:
                alone_since = None
            elif alone_since is None:
                alone_since = now
            if alone_since is not None and (
                    now - alone_since > PATIENCE_WITHOUT_PRIMARY):
                say("outside the primary component for %d s; beginning again"
                    % PATIENCE_WITHOUT_PRIMARY)
                self.stop()
                return
            if self.phase != "running" and (
                    now - started > self.settings["start_timeout"]):
                self.stop()
                sys.exit("galera-start: not in the cluster after %d s "
                         "(mariadb_start_timeout)"
                         % self.settings["start_timeout"])

    def say_once(self, text):
        """Says what was not said just before."""
        if text != self.said:
            self.said = text
            say(text)

    def run(self):
        """Runs until it is told to stop."""
        self.serve()
        while not self.stopping.is_set():
            self.phase = "recovering"
            self.position = find_position()
            say("position: %s" % self.position)
            new_cluster = self.wait_for_turn()
            if new_cluster is None:
                break
            self.start(new_cluster)
            self.watch()
        self.phase = "stopping"
        self.stop()


def main():
    """Reads the settings and runs this member."""
    if sys.argv[1:] != ["run"]:
        sys.exit("usage: galera-start run")
    with open(SETTINGS, encoding="utf-8") as file:
        settings = json.load(file)
    member = Member(settings, os.environ["POD_NAME"], os.environ["POD_IP"])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: member.stopping.set())
    member.run()


if __name__ == "__main__":
    main()
