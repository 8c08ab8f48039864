"""A thread for each client, and a lock around the store.  python3 threads.py PORT [binary | resp]

This passes `lab check 2`, and fails `lab check 3` at "one thread serves them all".
"""

import socket
import threading

from protocols import Malformed, execute, options

port, protocol = options()
lock = threading.Lock()


def serve(client):
    received = bytearray()
    with client:
        try:
            while True:
                while (request := protocol.decode(received)) is not None:
                    with lock:
                        reply = execute(request)
                    client.sendall(protocol.encode(reply))
                data = client.recv(65536)
                if not data:
                    return
                received += data
        except (OSError, Malformed):
            pass  # a client that has gone, or that sends what is no request


with socket.create_server(("127.0.0.1", port), backlog=512) as listener:
    # For all connections: a small reply does not wait until the one before it is acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client,), daemon=True).start()
