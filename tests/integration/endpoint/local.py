# SPDX-License-Identifier: Apache-2.0
"""`dynr local` as a process of its own, and requests to it as bytes."""

import datetime
import hashlib
import hmac
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse
import zlib

START_TIMEOUT = 10
STOP_TIMEOUT = 30
PATIENCE = 30
TARGET = "DynamoDB_20120810."
ANY_SIGNATURE = ("AWS4-HMAC-SHA256 Credential=KEY/20261120/eu-west-1/dynamodb/aws4_request, "
                 "SignedHeaders=host;x-amz-date, Signature=00")


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def error(self):
        """Name and text."""
        answer = self.json()
        return answer["__type"].split("#")[1], answer.get("message", answer.get("Message"))


class Local:
    """Started by `with`; tables are in memory unless `arguments` name a folder. Its run-time folder is its own."""

    def __init__(self, program, *arguments, runtime=None):
        self.program, self.arguments = program, list(arguments)
        self.own_runtime = runtime is None
        self.runtime = runtime or tempfile.mkdtemp(prefix="dynr-run-")
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": self.runtime}
        self.port = None

    def __enter__(self):
        words = [self.program, "local", "--port", "0", *self.arguments]
        if "--data" not in self.arguments:
            words.append("--memory")
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        env=self.environment, text=True)
        line = self.process.stdout.readline()
        match = re.search(r"http://\S*:(\d+),", line)
        if match is None:
            out, err = self.process.communicate(timeout=START_TIMEOUT)
            raise AssertionError(f"it did not start: {line}{out}{err}")
        self.port = int(match.group(1))
        return self

    def __exit__(self, *unused):
        self.kill()
        if self.own_runtime:
            shutil.rmtree(self.runtime, ignore_errors=True)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def stop(self):
        """SIGTERM; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=STOP_TIMEOUT)
        # What a sanitizer has to say.
        assert err == "" or "--verbose" in self.arguments, err
        return self.process.returncode

    def command(self, *words):
        """`dynr local WORDS` about this port: exit status, standard output, standard error."""
        run = subprocess.run([self.program, "local", *words, "--port", str(self.port)], env=self.environment,
                             capture_output=True, text=True, timeout=PATIENCE, check=False)
        return run.returncode, run.stdout, run.stderr

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def request(self, method, path, headers, body=b""):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
        headers = {"Content-Length": str(len(body)), **headers} if method == "POST" else headers
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        answer = Answer(response.status, response.headers, response.read())
        connection.close()
        return answer

    def post(self, operation, body, **headers):
        """As an SDK does. `headers` with `_` for `-`; None leaves one out."""
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        all_headers = {"X-Amz-Target": TARGET + operation if "." not in operation else operation,
                       "Content-Type": "application/x-amz-json-1.0", "Authorization": ANY_SIGNATURE,
                       "X-Amz-Date": "20261120T100000Z"}
        all_headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        return self.request("POST", "/", {name: value for name, value in all_headers.items() if value is not None}, text)

    def make_table(self, name="things", **more):
        answer = self.post("CreateTable", {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], **more})
        assert answer.status == 200, answer.body

    def put(self, key, text="x", table="things"):
        answer = self.post("PutItem", {"TableName": table, "Item": {"id": {"S": key}, "text": {"S": text}}})
        assert answer.status == 200, answer.body

    def get(self, key, table="things"):
        answer = self.post("GetItem", {"TableName": table, "Key": {"id": {"S": key}}})
        assert answer.status == 200, answer.body
        return answer.json().get("Item")


def checksum(answer):
    return zlib.crc32(answer.body)


class Signer:
    """Signature Version 4, written a second time, for POSTs to `/`."""

    def __init__(self, port, key="KEY", secret="SECRET", region="eu-west-1"):
        self.host, self.key, self.secret, self.region = f"127.0.0.1:{port}", key, secret, region
        self.service, self.names, self.scope_date = "dynamodb", None, None
        self.time = datetime.datetime.now(datetime.timezone.utc)

    def stamp(self):
        return self.time.strftime("%Y%m%dT%H%M%SZ")

    def scope(self):
        return f"{self.scope_date or self.stamp()[:8]}/{self.region}/{self.service}/aws4_request"

    def signature(self, query, headers, body):
        names = self.names or sorted(headers)
        lines = "".join(f"{name}:{headers[name]}\n" for name in names)
        digest = hashlib.sha256(body).hexdigest()
        canonical = "\n".join(["POST", "/", query, lines, ";".join(names), digest])
        text = "\n".join(["AWS4-HMAC-SHA256", self.stamp(), self.scope(), hashlib.sha256(canonical.encode()).hexdigest()])
        key = ("AWS4" + self.secret).encode()
        for part in [*self.scope().split("/"), text]:
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return key.hex(), ";".join(names)

    def headers(self, operation, body):
        signed = {"host": self.host, "x-amz-date": self.stamp(), "x-amz-target": TARGET + operation}
        signature, names = self.signature("", signed, body)
        return {"Host": self.host, "X-Amz-Date": self.stamp(), "Authorization":
                f"AWS4-HMAC-SHA256 Credential={self.key}/{self.scope()}, SignedHeaders={names}, Signature={signature}"}

    def query(self, body, operation="ListTables", expires="60", names="host;x-amz-target"):
        parts = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": f"{self.key}/{self.scope()}",
                 "X-Amz-Date": self.stamp(), "X-Amz-Expires": expires, "X-Amz-SignedHeaders": names}
        query = urllib.parse.urlencode(sorted(parts.items()), quote_via=urllib.parse.quote, safe="")
        headers = {"host": self.host, "x-amz-target": TARGET + operation}
        signature, _ = self.signature(query, {name: headers[name] for name in names.split(";")}, body)
        return f"{query}&X-Amz-Signature={signature}"


def read_answers(connection, count):
    """`count` answers of one connection, one after the other."""
    file = connection.makefile("rb")
    answers = []
    for _ in range(count):
        status = int(file.readline().split()[1])
        headers = {}
        for line in iter(file.readline, b"\r\n"):
            name, value = line.decode().rstrip("\r\n").split(":", 1)
            headers[name.lower()] = value.strip()
        answers.append(Answer(status, headers, file.read(int(headers["content-length"]))))
    return answers


def wait_until(condition, what):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited in vain until {what}"
        time.sleep(0.01)
