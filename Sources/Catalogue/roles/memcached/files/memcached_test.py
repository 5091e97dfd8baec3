#!/usr/bin/env python3
"""Stores a value in every cache and reads it back.

The servers come from /etc/memcached-test/servers.json.
"""
import json
import secrets
import socket
import sys


def talk(connection, request, end):
    """Sends a request and reads up to and including the end of its answer."""
    connection.sendall(request)
    answer = b""
    while not answer.endswith(end):
        part = connection.recv(4096)
        if not part or len(answer) > 65536:
            sys.exit("unexpected answer: %r" % answer)
        answer += part
    return answer


def main():
    """Tries each server in turn."""
    with open("/etc/memcached-test/servers.json", encoding="utf-8") as file:
        config = json.load(file)
    for host in config["servers"]:
        key = ("quarterdeck-test-" + secrets.token_hex(8)).encode()
        value = secrets.token_hex(16).encode()
        try:
            with socket.create_connection(
                    (host, config["port"]), timeout=10) as connection:
                stored = talk(
                    connection, b"set %s 0 60 %d\r\n%s\r\n"
                    % (key, len(value), value), b"\r\n")
                if stored != b"STORED\r\n":
                    sys.exit("%s: set: %r" % (host, stored))
                found = talk(connection, b"get %s\r\n" % key, b"END\r\n")
                if found != b"VALUE %s 0 %d\r\n%s\r\nEND\r\n" % (
                        key, len(value), value):
                    sys.exit("%s: get: %r" % (host, found))
                talk(connection, b"delete %s\r\n" % key, b"\r\n")
        except OSError as error:
            sys.exit("%s: %s" % (host, error))
        print("%s: stored and read back" % host)
    print("all %d caches serve" % len(config["servers"]))


if __name__ == "__main__":
    main()
