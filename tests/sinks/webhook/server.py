"""A receiver of webhooks on loopback; what it accepted stands in ./accepted, one JSON text a line.

/ok takes everything; /refuse, /bad, /throttle, /busy and /moved answer what they are called;
/hang never answers.
"""

import http.server
import json
import sys
import threading

LOCK = threading.Lock()
NEVER = threading.Event()


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/hang":
            NEVER.wait()
        status, headers = {
            "/ok": (200, {}),
            "/refuse": (500, {}),
            "/bad": (400, {}),
            "/throttle": (429, {"Retry-After": "7"}),
            "/busy": (503, {"Retry-After": "11"}),
            "/moved": (302, {"Location": "/ok"}),
        }[self.path]
        if status == 200:
            with LOCK, open("accepted", "a", encoding="utf-8") as accepted:
                seen = {"headers": {name.lower(): value for name, value in self.headers.items()}, "body": body}
                accepted.write(json.dumps(seen) + "\n")
        answer = b"as you say" if status == 200 else b"no\nmore"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer.request_queue_size = 64
    http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
