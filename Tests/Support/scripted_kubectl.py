#!/usr/bin/env python3
"""A kubectl that does what a script says, for tests of failures.

The file named by $KUBECTL_SCRIPT holds a JSON object:
  "version"   what `version --client -o json` prints
  "config"    what `config view -o json` prints
  "proxy"     {"error": TEXT} to fail at the start, {"silent": true} never to
              serve, else {"answers": {"GET /path": [ANSWER...]}}: the answers
              to that request in turn, the last again and again. An ANSWER has
              "status", "headers", "body" (text or JSON), "chunks" (a list of
              texts, sent one by one), "delay" (seconds before it), "cut" (send
              so many bytes of the answer, then hang up), "hang" (no answer),
              "stay" (leave the answer open at its end)
  "commands"  {"exec": {...}, "port-forward": {...}}: "output", "errors",
              "code", and "stay" to go on until killed
Every call is appended to $KUBECTL_SCRIPT.calls, every request to
$KUBECTL_SCRIPT.requests, one a line.
"""
import json
import os
import socketserver
import sys
import threading
import time

SCRIPT = os.environ["KUBECTL_SCRIPT"]
with open(SCRIPT) as file:
    script = json.load(file)
lock = threading.Lock()
counts = {}


def note(kind, text):
    with lock, open(f"{SCRIPT}.{kind}", "a") as file:
        file.write(text + "\n")


def answer_for(request):
    answers = script.get("proxy", {}).get("answers", {})
    bare = request.split("?")[0]
    listed = answers.get(request) or answers.get(bare)
    if not listed:
        return {"status": 404, "body": {
            "kind": "Status", "code": 404, "reason": "NotFound",
            "message": f"not in the script: {request}"}}
    with lock:
        turn = counts.get(bare, 0)
        counts[bare] = turn + 1
    return listed[min(turn, len(listed) - 1)]


class Proxy(socketserver.StreamRequestHandler):
    def handle(self):
        while self.one():
            pass

    def one(self):
        line = self.rfile.readline().decode().split()
        if len(line) < 3:
            return False
        length = 0
        while True:
            header = self.rfile.readline().decode().strip()
            if not header:
                break
            name, _, value = header.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        body = self.rfile.read(length).decode()
        request = f"{line[0]} {line[1]}"
        note("requests", f"{request} {body}".strip())
        return self.answer(answer_for(request))

    def answer(self, answer):
        time.sleep(answer.get("delay", 0))
        if answer.get("hang"):
            time.sleep(3600)
        body = answer.get("body", "")
        if not isinstance(body, str):
            body = json.dumps(body)
        chunks = answer.get("chunks")
        headers = {
            "Content-Type": "application/json",
            "Cache-Control": "no-cache, private",
            "Date": "Sun, 22 Nov 2026 21:28:33 GMT",
            **answer.get("headers", {}),
        }
        if chunks is None:
            headers["Content-Length"] = str(len(body.encode()))
        else:
            headers["Transfer-Encoding"] = "chunked"
        head = f"HTTP/1.1 {answer.get('status', 200)} Scripted\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
        whole = (head + body).encode()
        if "cut" in answer:
            self.wfile.write(whole[:answer["cut"]])
            return False
        self.wfile.write(whole)
        for chunk in chunks or []:
            data = chunk.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
            time.sleep(0.01)
        if answer.get("stay"):
            time.sleep(3600)
        if chunks is not None:
            self.wfile.write(b"0\r\n\r\n")
        return True


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


def proxy(words):
    plan = script.get("proxy", {})
    if "error" in plan:
        sys.exit(plan["error"])
    sys.stderr.write(plan.get("errors", ""))
    sys.stderr.flush()
    if plan.get("silent"):
        time.sleep(3600)
    path = next(w for w in words if w.startswith("--unix-socket="))
    with Server(path.partition("=")[2], Proxy) as server:
        print(f"Starting to serve on {path}", flush=True)
        server.serve_forever()


def command(name):
    plan = script.get("commands", {}).get(name)
    if plan is None:
        sys.exit(f'error: unknown command "{name}" for "kubectl"')
    sys.stdout.write(plan.get("output", ""))
    sys.stdout.flush()
    sys.stderr.write(plan.get("errors", ""))
    sys.stderr.flush()
    if plan.get("stay"):
        time.sleep(3600)
    sys.exit(plan.get("code", 0))


def main():
    words = sys.argv[1:]
    note("calls", " ".join(words))
    rest = list(words)
    while rest and rest[0] in ("--kubeconfig", "--context"):
        rest = rest[2:]
    if rest[0] == "version":
        print(json.dumps(script.get("version", {})))
    elif rest[:2] == ["config", "view"]:
        print(json.dumps(script.get("config", {})))
    elif rest[0] == "proxy":
        proxy(rest)
    else:
        command(rest[0])


if __name__ == "__main__":
    main()
