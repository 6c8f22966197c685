# Runs a Lambda function written in Python: loads the handler that _HANDLER names and feeds it from
# the Runtime API. Millbeck starts `python3 -u -` with this text as its input, in LAMBDA_TASK_ROOT.
import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback

API = "/2018-06-01/runtime/"


class Reply:
    """A reply of the Runtime API: status, headers by lower-case name, body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


class RuntimeApi:
    """One connection that lives as long as this process. The server is Millbeck, which sends a
    Content-Length with everything; that spares a whole HTTP library."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self._host, self._socket = address, socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def next(self):
        return self._call("GET", "invocation/next", b"")

    def respond(self, request_id, body):
        return self._call("POST", f"invocation/{request_id}/response", body)

    def fail(self, request_id, error):
        return self._call("POST", f"invocation/{request_id}/error", encoded(error),
                          error["errorType"])

    def fail_to_start(self, error):
        return self._call("POST", "init/error", encoded(error), error["errorType"])

    def _call(self, method, path, body, error_type=None):
        head = (f"{method} {API}{path} HTTP/1.1\r\nHost: {self._host}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n")
        if error_type:
            head += f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n"
        self._socket.sendall(head.encode("latin-1", "replace") + b"\r\n" + body)
        return self._read_reply()

    def _read_reply(self):
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._read_some()
        lines = data[:end].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        missing = int(headers["content-length"]) - (len(data) - end - 4)
        parts = [data[end + 4:]]
        while missing > 0:
            parts.append(self._read_some())
            missing -= len(parts[-1])
        body = b"".join(parts)
        length = int(headers["content-length"])
        self._rest = body[length:]
        return Reply(int(lines[0].split(" ", 2)[1]), headers, body[:length])

    def _read_some(self):
        data = self._socket.recv(1 << 18)
        if not data:
            # Millbeck has gone, or has no more use for this process.
            sys.exit(0)
        return data


def encoded(value):
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


class Fault(Exception):
    """Something that Lambda has a name of its own for; it shows no trace of ours."""

    def __init__(self, error_type, message, trace=()):
        super().__init__(message)
        self.error_type, self.message, self.trace = error_type, message, list(trace)


def frames_of(error):
    """The stack trace as texts, without the frames of this file."""
    frames = traceback.extract_tb(error.__traceback__)
    return traceback.format_list([frame for frame in frames if frame.filename != __file__])


def load_handler(name):
    try:
        module_name, function_name = name.rsplit(".", 1)
    except ValueError as error:
        raise Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    module_path = module_name.replace("/", ".")
    try:
        module = importlib.import_module(module_path)
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError",
                    f"Unable to import module '{module_name}': {error}") from None
    except SyntaxError as error:
        where = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        raise Fault("Runtime.UserCodeSyntaxError",
                    f"Syntax error in module '{module_name}': {error}", [where]) from None
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault("Runtime.HandlerNotFound",
                    f"Handler '{function_name}' missing on module '{module_name}'") from None


class Identity:
    def __init__(self, text):
        fields = json.loads(text) if text else {}
        self.cognito_identity_id = fields.get("cognitoIdentityId")
        self.cognito_identity_pool_id = fields.get("cognitoIdentityPoolId")


class Client:
    NAMES = ("installation_id", "app_title", "app_version_name", "app_version_code",
             "app_package_name")

    def __init__(self, fields):
        for name in self.NAMES:
            setattr(self, name, fields.get(name))


class ClientContext:
    """What the caller told of itself by X-Amz-Client-Context; custom and env are dictionaries."""

    def __init__(self, fields):
        self.custom = fields.get("custom")
        self.env = fields.get("env")
        self.client = Client(fields["client"]) if fields.get("client") else None


class Context:
    """What Lambda passes to a handler as its second argument."""

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = Identity(headers.get("lambda-runtime-cognito-identity"))
        client_context = headers.get("lambda-runtime-client-context")
        self.client_context = (ClientContext(json.loads(client_context))
                               if client_context else None)
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        self._deadline_ms = int(headers["lambda-runtime-deadline-ms"])

    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, message):
        print(message, end="")

    def __repr__(self):
        shown = ", ".join(f"{name}={value}" for name, value in vars(self).items()
                          if not name.startswith("_"))
        return f"LambdaContext([{shown}])"


class LogHandler(logging.StreamHandler):
    """Lambda's root log handler: its format names the level, the time and the request."""

    request_id = ""

    def __init__(self):
        super().__init__(sys.stdout)
        text = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
        formatter = logging.Formatter(text, "%Y-%m-%dT%H:%M:%S")
        formatter.converter = time.gmtime
        self.setFormatter(formatter)

    def format(self, record):
        record.aws_request_id = LogHandler.request_id
        return super().format(record)


def log_error(error):
    lines = [f"[ERROR] {error['errorType']}: {error['errorMessage']}"]
    if error["stackTrace"]:
        lines += ["Traceback (most recent call last):", "".join(error["stackTrace"]).rstrip("\n")]
    print("\n".join(lines))


def error_of(error):
    if isinstance(error, Fault):
        return {"errorMessage": error.message, "errorType": error.error_type,
                "stackTrace": error.trace}
    return {"errorMessage": str(error), "errorType": type(error).__name__,
            "stackTrace": frames_of(error)}


def invoke(handler, event_bytes, headers):
    """The reply's body."""
    try:
        event = json.loads(event_bytes)
    except ValueError as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from None
    result = handler(event, Context(headers))
    try:
        return encoded(result)
    except (TypeError, ValueError) as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def run(api, handler):
    while True:
        event = api.next()
        if event.status != 200:
            sys.exit(f"bootstrap: the Runtime API answered {event.status}")
        request_id = event.headers["lambda-runtime-aws-request-id"]
        LogHandler.request_id = request_id
        trace = event.headers.get("lambda-runtime-trace-id")
        if trace:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        try:
            body = invoke(handler, event.body, event.headers)
        except Exception as error:  # whatever the function raises is its answer
            failure = {**error_of(error), "requestId": request_id}
            log_error(failure)
            api.fail(request_id, failure)
        else:
            api.respond(request_id, body)


def main():
    # -u has made both outputs unbuffered: the log shows at once.
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    logging.getLogger().addHandler(LogHandler())
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    api = RuntimeApi(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:  # whatever happens while the module loads
        failure = {**error_of(error), "requestId": ""}
        log_error(failure)
        api.fail_to_start(failure)
        sys.exit(1)
    run(api, handler)


__file__ = "<stdin>"
main()
