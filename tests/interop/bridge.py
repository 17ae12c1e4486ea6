"""A bridge from Streamable HTTP to one stdio server, for test suites that talk HTTP alone.

Bodies go to the server as they are, a line each; its answers come back by their id. Only what HTTP
itself needs is added here: the status of an error, a stream for a request that gets notifications,
and a cancellation when the client drops such a stream. Nothing is checked: that is the server's part.
https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http
"""

import http.server
import json
import queue
import select
import socket
import subprocess
import tempfile
import threading

PATIENCE = 60  # seconds for an answer; the stream of a subscription may be silent for longer
POLL = 0.2  # seconds between two looks at whether the client is still there
STATUS = {
    -32601: 404,
    -32602: 400,
    -32600: 400,
    -32700: 400,
    -32022: 400,
}  # of error responses, in the modern era
SUBSCRIPTION_KEY = "io.modelcontextprotocol/subscriptionId"


class Bridge:
    """Serve `command` at `url` from entering to leaving a `with` block; then `stderr` is what it wrote there."""

    def __init__(self, command):
        self.command = command
        self.stderr = b""
        self._waiting = {}  # queues of messages for those who asked, by id as JSON
        self._tokens = {}  # id as JSON, by progress token as JSON
        self._lock = threading.Lock()
        self._changed = threading.Condition()

    def __enter__(self):
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        threading.Thread(target=self._read, daemon=True).start()
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), type("", (Handler,), {"bridge": self})
        )
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = "http://127.0.0.1:%d/mcp" % self._server.server_port
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._process.stdin.close()
        try:
            self.status = self._process.wait(10)
        finally:
            self._process.kill()
            self._process.wait()
        self._errors.seek(0)
        self.stderr = self._errors.read()
        self._errors.close()

    def send(self, body):
        """Send a message to the server; line breaks in JSON are white space, so they can go."""
        with self._lock:
            self._process.stdin.write(body.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
            self._process.stdin.flush()

    def exchange(self, body, message, gone):
        """Send a request; yield the notifications that belong to it, and last its answer.

        Raises ConnectionError once `gone()` is true, or when there is no answer in time. An exchange
        that is closed before its answer is cancelled.
        """
        key = json.dumps(_member(message, "id"))
        token = json.dumps(_member(_member(_member(message, "params"), "_meta"), "progressToken"))
        with self._changed:  # two clients may use one id; the server has to see it once at a time
            self._changed.wait_for(lambda: key not in self._waiting, PATIENCE)
            waiting = self._waiting[key] = queue.Queue()
        self._tokens[token] = key
        patience = 1e9 if _member(message, "method") == "subscriptions/listen" else PATIENCE
        try:
            self.send(body)
            while patience > 0 and not gone():
                try:
                    answer = waiting.get(timeout=POLL)
                except queue.Empty:
                    patience -= POLL
                    continue
                yield answer
                if answer is None or "method" not in answer:
                    return
            raise ConnectionError
        finally:
            if self._waiting.get(key) is waiting:
                params = {"requestId": _member(message, "id")}
                notification = {
                    "jsonrpc": "2.0",
                    "method": "notifications/cancelled",
                    "params": params,
                }
                self.send(json.dumps(notification).encode())
                self._hand_over(key, None, True)

    def _hand_over(self, key, message, last):
        with self._changed:
            waiting = self._waiting.get(key)
            if (
                waiting is not None and last
            ):  # first of all: who has the answer may use the id again at once
                del self._waiting[key]
                self._changed.notify_all()
            if waiting is not None:
                waiting.put(message)

    def _read(self):
        for line in self._process.stdout:
            message = json.loads(line)
            self._hand_over(self._asker(message), message, "method" not in message)
        for key in list(self._waiting):
            self._hand_over(key, None, True)  # the server is gone

    def _asker(self, message):
        params = _member(message, "params")
        if "method" not in message:
            return json.dumps(_member(message, "id"))
        if message["method"] == "notifications/progress":
            return self._tokens.get(json.dumps(params["progressToken"]))
        return json.dumps(_member(_member(params, "_meta"), SUBSCRIPTION_KEY))


def _member(value, name):
    return value.get(name) if isinstance(value, dict) else None


class Handler(http.server.BaseHTTPRequestHandler):
    """One HTTP request; its class knows the bridge."""

    protocol_version = "HTTP/1.1"
    bridge = None

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            message = json.loads(body)
        except ValueError:
            message = None
        if isinstance(message, dict) and ("method" not in message or "id" not in message):
            self.bridge.send(body)
            self._reply(202, b"")
            return
        modern = (self.headers["Mcp-Protocol-Version"] or "") >= "2026"
        answers = self.bridge.exchange(body, message, lambda: modern and self._gone())
        try:
            self._answer(answers, modern)
        except (
            ConnectionError
        ):  # the client dropped the stream, which in this era cancels the request
            self.close_connection = True
        finally:
            answers.close()

    def _gone(self):
        readable = select.select([self.connection], [], [], 0)[0]
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _answer(self, answers, modern):
        first = next(answers)
        if first is None:
            self._reply(502, b"")
        elif "method" in first:
            self._stream(first, answers)
        else:
            status = (
                STATUS.get(first["error"]["code"], 200) if "error" in first and modern else 200
            )
            self._reply(status, json.dumps(first).encode())

    def _reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, first, answers):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self._event(first)
        for answer in answers:
            if answer is not None:
                self._event(answer)

    def _event(self, message):
        self.wfile.write(b"event: message\ndata: %s\n\n" % json.dumps(message).encode())

    def _refuse(self):
        self._reply(405, b"")

    do_GET = do_DELETE = _refuse  # noqa: N815 -- there is no stream without a request, and no session to end
