"""A proxy that lets a watch have a few events, then ends its connection."""

from __future__ import annotations

import contextlib
import socket
import threading

EVENTS = 3


class DroppingProxy:
    """Listens on `url`; `dropped` counts the streams it has cut."""

    def __init__(self, host, port):
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.dropped = 0

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = socket.create_connection(self._target)
        watching = threading.Event()

        def requests():
            with contextlib.suppress(OSError):
                while data := client.recv(65536):
                    if b"watch=" in data:
                        watching.set()
                    server.sendall(data)
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)

        threading.Thread(target=requests, daemon=True).start()
        seen = 0
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                # In small pieces, so that the cut comes between events and in the middle of them.
                for at in range(0, len(data), 700):
                    piece = data[at : at + 700]
                    client.sendall(piece)
                    seen += piece.count(b'"type":"ADDED"') if watching.is_set() else 0
                    if seen >= EVENTS:
                        self.dropped += 1
                        raise OSError
        # What was sent still arrives, then comes the end, in the middle of a chunk. The shutdown
        # also wakes the thread that still reads, which would hold the connection open.
        for side in (client, server):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
            side.close()
