"""The part of a kubelet's own server that `kubectl logs` asks."""
import http.server
import ssl
import threading
import time
import urllib.parse

from api import stamp


def serve(pods, options):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            where = urllib.parse.urlsplit(self.path)
            query = dict(urllib.parse.parse_qsl(where.query))
            parts = where.path.strip("/").split("/")
            if len(parts) != 4 or parts[0] != "containerLogs":
                self.send_error(404)
                return
            pod = pods.named(parts[1], parts[2])
            self.send_response(200)
            self.send_header("Content-Type", "text/plain")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            try:
                self.write_lines(pod, parts[3], query)
            except OSError:
                self.close_connection = True

        def write_lines(self, pod, container, query):
            count = options.log_lines
            tail = int(query.get("tailLines", count))
            text = pod.behaviour.text("log", "hello") if pod else "hello"
            for number in range(max(0, count - tail), count):
                self.line(query, f"{container} line {number} {text}")
            while query.get("follow") == "true" and pod \
                    and pods.by_uid.get(pod.uid) is pod:
                time.sleep(0.2)
                count += 1
                self.line(query, f"{container} line {count} tick")
            self.wfile.write(b"0\r\n\r\n")

        def line(self, query, text):
            if query.get("timestamps") == "true":
                text = f"{stamp(fraction=True)} {text}"
            data = text.encode() + b"\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()

    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", options.kubelet_port), Handler)
    server.daemon_threads = True
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(options.tls_cert, options.tls_key)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
