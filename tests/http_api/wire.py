"""Sockets and nothing else: what a server does with bytes, good and bad."""

from __future__ import annotations

import http.client
import json
import socket


def call(server, method, path, body=None, **headers):
    """Return status, headers and body of one request on a connection of its own."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    answer = None
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        if answer is not None:
            answer.close()
        connection.close()


def raw(server, *parts, timeout=30):
    """Send bytes, and return all that comes back until the server closes."""
    with socket.create_connection((server.host, server.port), timeout=timeout) as connection:
        answer = b""
        try:
            for part in parts:
                connection.sendall(part)
            while data := connection.recv(65536):
                answer += data
        except (ConnectionResetError, BrokenPipeError):
            # The server may close while we still send.
            pass
        return answer


class Watching:
    """A watch on a socket of its own, read line by line."""

    def __init__(self, server, path):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        self.connection.request("GET", path)
        self.answer = self.connection.getresponse()
        # A connection that is to be closed lets go of its socket, which the answer still reads.
        self.socket = self.connection.sock

    def line(self):
        """Return the next event, None at the end."""
        text = self.answer.readline()
        return json.loads(text) if text else None

    def close(self):
        """Go, without a word."""
        self.answer.close()
        self.connection.close()
        if self.socket is not None:
            self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
