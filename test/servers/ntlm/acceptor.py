"""HTTPS servers that take NTLM by an acceptor which is not ours: pyspnego, gss-ntlmssp or Samba's ntlm_auth.

Reads one line of JSON from standard input, answers with one line that holds the ports, then writes a line for each
request, and ends with its standard input. What the acceptors are lax about (an absent or all-zero channel binding
token), this script checks itself, by the hash that the configuration names.
"""

import base64
import hashlib
import http.server
import itertools
import json
import os
import ssl
import struct
import subprocess
import sys
import threading

ZERO = b"\0" * 16
CHANNEL_BINDINGS = 10
LARGEST_BODY = 1024 * 1024


class Refused(Exception):
    """The acceptor did not take the message."""


class Pyspnego:
    def __init__(self, listener, _config):
        import spnego
        from spnego.channel_bindings import GssChannelBindings

        bindings = end_point(listener)
        self.error = spnego.exceptions.SpnegoError
        self.context = spnego.server(
            protocol=listener["protocol"],
            channel_bindings=GssChannelBindings(application_data=bindings) if bindings else None,
            options=spnego.NegotiateOptions.use_negotiate
            if listener["protocol"] == "negotiate"
            else spnego.NegotiateOptions.use_ntlm,
        )

    def step(self, message):
        try:
            return self.context.step(message)
        except (self.error, ValueError, struct.error) as error:
            raise Refused(str(error)) from error

    def user(self):
        return self.context.client_principal


class GssNtlmssp:
    def __init__(self, listener, _config):
        import gssapi

        mechanism = gssapi.OID.from_int_seq("1.3.6.1.4.1.311.2.2.10")
        bindings = end_point(listener)
        self.error = gssapi.exceptions.GSSError
        self.context = gssapi.SecurityContext(
            usage="accept",
            creds=gssapi.Credentials(usage="accept", mechs=[mechanism]),
            channel_bindings=gssapi.raw.ChannelBindings(application_data=bindings) if bindings else None,
        )

    def step(self, message):
        try:
            return self.context.step(message)
        except self.error as error:
            raise Refused(str(error)) from error

    def user(self):
        return str(self.context.initiator_name)


class Samba:
    """The helper that Squid uses: a message a line. It knows one password, which it takes for everybody's."""

    def __init__(self, _listener, config):
        self.name = None
        self.helper = subprocess.Popen(
            ["/usr/bin/ntlm_auth", "--helper-protocol=squid-2.5-ntlmssp", "--password=" + config["password"]],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        self.verb = "YR"

    def step(self, message):
        self.helper.stdin.write(self.verb + " " + base64.b64encode(message).decode() + "\n")
        self.helper.stdin.flush()
        verb, _, rest = self.helper.stdout.readline().strip().partition(" ")
        if verb == "TT":
            self.verb = "KK"
            return base64.b64decode(rest)
        self.helper.stdin.close()
        self.helper.wait()
        if verb != "AF":
            raise Refused(verb + " " + rest)
        self.name = rest
        return None

    def user(self):
        return self.name


ACCEPTORS = {"pyspnego": Pyspnego, "gss-ntlmssp": GssNtlmssp, "samba": Samba}


def end_point(listener):
    """The application data of the channel bindings (RFC 5929), where the token is required."""
    if listener["token"] != "require":
        return None
    der = ssl.PEM_cert_to_DER_cert(listener["certificate"])
    return b"tls-server-end-point:" + hashlib.new(listener["hash"], der).digest()


def check_token(message, listener):
    bindings = end_point(listener)
    if bindings is None:
        return
    expected = hashlib.md5(ZERO + struct.pack("<I", len(bindings)) + bindings).digest()
    found = token_of(message)
    if found is None:
        raise Refused("token absent")
    if found == ZERO:
        raise Refused("token all zero")
    if found != expected:
        raise Refused("token wrong")


def token_of(message):
    length, _, offset = struct.unpack_from("<HHI", message, 20)
    pairs = message[offset : offset + length][16 + 28 :]
    while len(pairs) >= 4:
        identifier, size = struct.unpack_from("<HH", pairs)
        if identifier == 0:
            return None
        if identifier == CHANNEL_BINDINGS:
            return pairs[4 : 4 + size]
        pairs = pairs[4 + size :]
    return None


def handler_for(listener, config, say):
    numbers = itertools.count(1)

    class Handler(http.server.BaseHTTPRequestHandler):
        """One for each connection: what is signed in is the connection."""

        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        context = None
        user = None

        def setup(self):
            super().setup()
            self.number = next(numbers)

        def do_POST(self):
            body = self.rfile.read(min(int(self.headers.get("content-length", 0)), LARGEST_BODY))
            scheme, _, token = self.headers.get("authorization", "").partition(" ")
            message = base64.b64decode(token)
            say({"port": self.server.server_port, "connection": self.number, "message": message[8] if len(message) > 8 else 0, "body": len(body)})
            try:
                challenge = self.sign_in(scheme, message)
            except Refused as refusal:
                self.context = None
                return self.answer(401, {"refused": str(refusal)}, listener["protocol"])
            if self.user is None:
                return self.answer(401, {}, scheme + " " + base64.b64encode(challenge).decode())
            return self.answer(200, {"user": self.user, "body": body.decode()})

        def sign_in(self, scheme, message):
            if self.user is not None and message == b"":
                return None
            self.user = None
            if scheme.lower() != listener["protocol"] or message == b"":
                raise Refused("not signed in")
            if self.context is None:
                self.context = ACCEPTORS[config["acceptor"]](listener, config)
            challenge = self.context.step(message)
            if challenge is None:
                check_token(message, listener)
                self.user = self.context.user()
            return challenge

        def answer(self, status, content, authenticate=None):
            data = json.dumps(content).encode()
            self.send_response(status)
            if authenticate is not None:
                self.send_header("WWW-Authenticate", authenticate)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    return Handler


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, listener, config, say):
        super().__init__(("127.0.0.1", 0), handler_for(listener, config, say))
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.minimum_version = self.tls.maximum_version = ssl.TLSVersion[listener["tls"]]
        path = os.path.join(config["directory"], str(self.server_port) + ".pem")
        with open(path, "w", encoding="ascii") as file:
            file.write(listener["key"] + listener["certificate"])
        self.tls.load_cert_chain(path)

    def finish_request(self, request, client_address):
        # In the thread of the connection: a stalled handshake holds up nobody else.
        request.settimeout(30)
        with self.tls.wrap_socket(request, server_side=True) as secure:
            super().finish_request(secure, client_address)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main():
    config = json.loads(sys.stdin.readline())
    lock = threading.Lock()

    def say(content):
        with lock:
            print(json.dumps(content), flush=True)

    os.environ["NTLM_USER_FILE"] = config["users"]
    servers = [Server(listener, config, say) for listener in config["listeners"]]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    say({"ports": [server.server_port for server in servers]})
    sys.stdin.read()


main()
