"""A small client of the Kubernetes API: requests, and lists that stay fresh."""
import http.client
import json
import ssl
import sys
import threading
import time
import urllib.parse
from datetime import datetime, timezone

MERGE = "application/merge-patch+json"


def log(*words):
    print(stamp(), *words, file=sys.stderr, flush=True)


def stamp(fraction=False):
    """Now, as the API writes it: whole seconds, or microseconds."""
    form = "%Y-%m-%dT%H:%M:%S.%fZ" if fraction else "%Y-%m-%dT%H:%M:%SZ"
    return datetime.now(timezone.utc).strftime(form)


class ApiError(Exception):
    """The server refused, with an HTTP status."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body[:300]}")
        self.status = status


class Api:
    """One keep-alive connection for each thread that asks."""

    def __init__(self, server, token, authority):
        where = urllib.parse.urlsplit(server)
        self.host, self.port = where.hostname, where.port
        self.headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {token}",
            "User-Agent": "fake-kubelet",
        }
        self.tls = ssl.create_default_context(cafile=authority)
        self.mine = threading.local()

    def connect(self, timeout=30):
        return http.client.HTTPSConnection(
            self.host, self.port, timeout=timeout, context=self.tls)

    def request(self, method, path, body=None, kind="application/json"):
        data = None if body is None else json.dumps(body).encode()
        headers = dict(self.headers)
        if data:
            headers["Content-Type"] = kind
        # A kept connection may have been closed meanwhile: once more, new.
        for attempt in (1, 2):
            connection = getattr(self.mine, "connection", None)
            if connection is None:
                connection = self.mine.connection = self.connect()
            try:
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException):
                connection.close()
                self.mine.connection = None
                if attempt == 2:
                    raise
        if answer.status >= 300:
            raise ApiError(answer.status, text.decode(errors="replace"))
        return json.loads(text) if text else None

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body):
        return self.request("POST", path, body)

    def merge(self, path, body):
        return self.request("PATCH", path, body, MERGE)

    def delete(self, path, body=None):
        return self.request("DELETE", path, body)

    def follow(self, path, on_list, on_event):
        """Lists, then watches, for ever; lists again when it must."""
        version = None
        while True:
            try:
                if version is None:
                    items, version = self.list(path)
                    on_list(items)
                version = self.watch(path, version, on_event)
            except ApiError as error:
                if error.status == 410:
                    version = None
                else:
                    log("watch", path, error)
                    time.sleep(1)
            except Exception as error:
                log("watch", path, repr(error))
                time.sleep(0.5)

    def list(self, path, page=500):
        items, more = [], ""
        while True:
            query = {"limit": page}
            if more:
                query["continue"] = more
            answer = self.get(f"{path}?{urllib.parse.urlencode(query)}")
            items += answer["items"] or []
            more = answer["metadata"].get("continue", "")
            if not more:
                return items, answer["metadata"]["resourceVersion"]

    def watch(self, path, version, on_event):
        """Hands over events until the stream ends; returns where it ended."""
        connection = self.connect(timeout=120)
        try:
            connection.request(
                "GET", f"{path}?watch=1&allowWatchBookmarks=true"
                f"&timeoutSeconds=90&resourceVersion={version}",
                headers=self.headers)
            answer = connection.getresponse()
            if answer.status >= 300:
                raise ApiError(
                    answer.status, answer.read().decode(errors="replace"))
            for line in answer:
                event = json.loads(line)
                item = event["object"]
                if event["type"] == "ERROR":
                    raise ApiError(item.get("code", 410), str(item))
                version = item["metadata"]["resourceVersion"]
                if event["type"] != "BOOKMARK":
                    on_event(event["type"], item)
            return version
        finally:
            connection.close()
