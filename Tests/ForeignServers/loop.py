"""One thread, non-blocking sockets and poll.  python3 loop.py PORT [binary | resp]

This passes `lab check 3`, and fails `lab check 4 --protocol resp` (or binary) at "a request costs no more beside 300
idle clients than beside 10": each poll hands the whole list of descriptors to the kernel. With
selectors.DefaultSelector, which is epoll on Linux, it passes. Each reply is a write of its own, as in stage 4.
"""

import selectors
import socket

from protocols import Malformed, execute, options

port, protocol = options()
selector = selectors.PollSelector()


class Connection:
    def __init__(self, client):
        self.client = client
        self.received = bytearray()
        self.unsent = b""
        self.has_ended = False
        selector.register(client, selectors.EVENT_READ, self)

    def ready(self, events):
        try:
            if events & selectors.EVENT_READ:
                data = self.client.recv(65536)
                self.has_ended = not data
                self.received += data
            self.answer()
        except (OSError, Malformed):
            self.close()  # a client that has gone, or that sends what is no request

    def answer(self):
        """Executes and sends, until there is no request left or no room: no event tells of bytes already read."""
        while self.send():
            request = protocol.decode(self.received)
            if request is None:
                if self.has_ended:
                    self.close()
                else:
                    selector.modify(self.client, selectors.EVENT_READ, self)
                return
            self.unsent = protocol.encode(execute(request))
        # Requests that follow wait, in the kernel too, until the client has read.
        selector.modify(self.client, selectors.EVENT_WRITE, self)

    def send(self):
        """Sends what it can, and tells whether that is all."""
        try:
            while self.unsent:
                self.unsent = self.unsent[self.client.send(self.unsent):]
        except BlockingIOError:
            pass
        return not self.unsent

    def close(self):
        selector.unregister(self.client)
        self.client.close()


with socket.create_server(("127.0.0.1", port), backlog=512) as listener:
    # For all connections: a small reply does not wait until the one before it is acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    selector.register(listener, selectors.EVENT_READ, None)
    while True:
        for key, events in selector.select():
            if key.data is not None:
                key.data.ready(events)
                continue
            client, _ = listener.accept()
            client.setblocking(False)
            Connection(client)
