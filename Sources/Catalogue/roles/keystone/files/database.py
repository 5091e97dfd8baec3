#!/var/lib/kolla/venv/bin/python3
"""Makes a service's database and account, or drops them.

    quarterdeck-database create|drop

The database's root account comes from /etc/quarterdeck/root.cnf; what to make
from /etc/quarterdeck/database.json (database, user, password). Either can be
run again at any time.
"""
import configparser
import json
import re
import sys
import time

import pymysql

PATIENCE = 120


def connect():
    """Connects as root; waits a while for a database that is just starting."""
    file = configparser.RawConfigParser()
    file.read("/etc/quarterdeck/root.cnf")
    client = file["client"]
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return pymysql.connect(
                host=client["host"], port=int(client["port"]),
                user=client["user"], password=client["password"].strip('"'),
                connect_timeout=10, autocommit=True)
        except pymysql.err.OperationalError as error:
            # 1045: access denied, which waiting does not mend.
            if error.args[0] == 1045 or time.monotonic() > deadline:
                sys.exit("%s: %s" % (client["host"], error.args[1]))
            print("waiting for %s: %s" % (client["host"], error.args[1]))
            time.sleep(3)


def main():
    """Does what the argument says."""
    if sys.argv[1:] not in (["create"], ["drop"]):
        sys.exit("usage: quarterdeck-database create|drop")
    with open("/etc/quarterdeck/database.json", encoding="utf-8") as file:
        want = json.load(file)
    database, user = want["database"], want["user"]
    for name in (database, user):
        # Names cannot be parameters of a statement.
        if not re.fullmatch(r"[A-Za-z0-9_]+", name):
            sys.exit("not a plain name: %r" % name)
    with connect() as connection, connection.cursor() as cursor:
        if sys.argv[1] == "drop":
            cursor.execute("DROP DATABASE IF EXISTS `%s`" % database)
            cursor.execute("DROP USER IF EXISTS '%s'@'%%'" % user)
            print("dropped database %s and account %s" % (database, user))
            return
        cursor.execute(
            "CREATE DATABASE IF NOT EXISTS `%s` CHARACTER SET utf8mb3"
            " COLLATE utf8mb3_general_ci" % database)
        account = "'%s'@'%%%%'" % user
        cursor.execute("CREATE USER IF NOT EXISTS " + account
                       + " IDENTIFIED BY %s", (want["password"],))
        cursor.execute("ALTER USER " + account + " IDENTIFIED BY %s",
                       (want["password"],))
        cursor.execute("GRANT ALL PRIVILEGES ON `%s`.* TO '%s'@'%%'"
                       % (database, user))
        print("database %s and account %s are there" % (database, user))


if __name__ == "__main__":
    main()
