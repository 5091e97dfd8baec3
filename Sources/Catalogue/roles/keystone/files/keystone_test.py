#!/usr/bin/env python3
"""Gets a token from keystone and reads it back with itself.

Where and as whom: /etc/keystone/test.json; the password:
/etc/keystone/admin-password. Uses the standard library alone, so that a pass
says nothing of clients and everything of the service.
"""
import json
import sys
import urllib.error
import urllib.request


def call(method, url, headers, body=None):
    """One request; returns (headers, decoded body) or ends the program."""
    request = urllib.request.Request(
        url, method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        sys.exit("%s %s: %d %s" % (method, url, error.code,
                                   error.read(500).decode(errors="replace")))
    except OSError as error:
        sys.exit("%s %s: %s" % (method, url, error))


def main():
    """Gets, reads and checks a token."""
    with open("/etc/keystone/test.json", encoding="utf-8") as file:
        want = json.load(file)
    with open("/etc/keystone/admin-password", encoding="utf-8") as file:
        password = file.read()
    url = want["url"].rstrip("/") + "/auth/tokens"
    domain = {"id": "default"}
    headers, issued = call("POST", url, {}, {"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "name": want["user"], "domain": domain, "password": password}}},
        "scope": {"project": {"name": want["project"], "domain": domain}}}})
    token = headers["X-Subject-Token"]
    if not token:
        sys.exit("no token in the answer of POST " + url)
    _, read = call("GET", url, {"X-Auth-Token": token,
                                "X-Subject-Token": token})
    for field in ("user", "project", "expires_at", "audit_ids"):
        if read["token"][field] != issued["token"][field]:
            sys.exit("the token that was read back has another %s" % field)
    if "admin" not in [role["name"] for role in read["token"]["roles"]]:
        sys.exit("%s has no role admin in project %s"
                 % (want["user"], want["project"]))
    endpoints = [
        endpoint["url"] for service in read["token"]["catalog"]
        if service["type"] == "identity" for endpoint in service["endpoints"]
        if endpoint["region_id"] == want["region"]
        and endpoint["interface"] == "internal"]
    if endpoints != [want["url"]]:
        sys.exit("the catalogue names %s as internal endpoint, not %s"
                 % (endpoints, want["url"]))
    print("keystone issued a token for %s and read it back"
          % read["token"]["user"]["name"])


if __name__ == "__main__":
    main()
