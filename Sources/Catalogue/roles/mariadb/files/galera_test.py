#!/usr/bin/env python3
"""Shows that the Galera cluster replicates.

Through every member a row is written; then every member must show the rows of
all. The account comes from /etc/mysql/root.cnf, the members from
/etc/mysql/galera.json. The scratch database is dropped at the end.
"""
import json
import secrets
import subprocess
import sys

DATABASE = "quarterdeck_test"


def ask(member, port, sql):
    """Runs SQL on one member and returns its rows, one string each."""
    done = subprocess.run(
        ["mariadb", "--defaults-extra-file=/etc/mysql/root.cnf",
         "--connect-timeout=10", "--batch", "--skip-column-names",
         "--host=" + member, "--port=%d" % port],
        input=sql, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit("%s: %s" % (member, done.stderr.strip()))
    return done.stdout.splitlines()


def main():
    with open("/etc/mysql/galera.json", encoding="utf-8") as file:
        config = json.load(file)
    members, port = config["members"], config["port"]
    table = "t" + secrets.token_hex(8)
    name = "%s.%s" % (DATABASE, table)
    ask(members[0], port, "CREATE DATABASE IF NOT EXISTS %s;"
        "CREATE TABLE %s (id INT PRIMARY KEY) ENGINE=InnoDB;"
        % (DATABASE, name))
    try:
        for number, member in enumerate(members):
            # A causal read waits until the member has what was written before.
            ask(member, port, "SET SESSION wsrep_sync_wait=7;"
                "INSERT INTO %s VALUES (%d);" % (name, number))
        expected = [str(number) for number in range(len(members))]
        for member in members:
            rows = ask(member, port, "SET SESSION wsrep_sync_wait=7;"
                       "SELECT id FROM %s ORDER BY id;" % name)
            if rows != expected:
                sys.exit("%s shows rows %s, not %s" % (member, rows, expected))
            size = ask(member, port,
                       "SHOW GLOBAL STATUS LIKE 'wsrep_cluster_size';")
            if size != ["wsrep_cluster_size\t%d" % len(members)]:
                sys.exit("%s is in a cluster of another size: %s"
                         % (member, " ".join(size)))
            print("%s: %d rows, %s" % (member, len(rows), size[0]))
    finally:
        ask(members[0], port, "DROP TABLE IF EXISTS %s;" % name)
    print("all %d members replicate" % len(members))


if __name__ == "__main__":
    main()
