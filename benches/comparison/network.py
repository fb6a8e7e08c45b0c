"""The network of the comparison: a proxy that is a round trip away, and a name server. On loopback only.

Must not read what passes: TLS goes through as it is.
"""

import asyncio
import socket
import struct
import threading


class DelayProxy:
    """Passes TCP connections on, every octet half a round trip later, in a thread of its own.

    The kernel accepts a connection at once, so the round trip of TCP's own handshake is charged to the
    first octets of the client: they leave a round trip after the connection was asked for, as they would
    over a wire.
    """

    def __init__(self, port, round_trip_s):
        self.target = port
        self.round_trip = round_trip_s
        self.loop = asyncio.new_event_loop()
        server = self.loop.run_until_complete(asyncio.start_server(self.accept, "127.0.0.1", 0, backlog=1024))
        self.port = server.sockets[0].getsockname()[1]
        threading.Thread(target=self.loop.run_forever, daemon=True).start()

    async def accept(self, client_reader, client_writer):
        open_at = self.loop.time() + self.round_trip
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(
            self.pass_on(client_reader, server_writer, open_at),
            self.pass_on(server_reader, client_writer, open_at),
        )

    async def pass_on(self, reader, writer, open_at):
        due = asyncio.Queue()

        async def read():
            while True:
                try:
                    octets = await reader.read(65536)
                except ConnectionError:
                    octets = b""
                due.put_nowait((max(self.loop.time(), open_at) + self.round_trip / 2, octets))
                if not octets:
                    return

        reading = self.loop.create_task(read())
        while True:
            at, octets = await due.get()
            await asyncio.sleep(at - self.loop.time())
            if not octets or writer.is_closing():
                break
            writer.write(octets)
        writer.close()
        await reading


class NameServer:
    """Answers every question for an IPv4 address with 127.0.0.1, and every other one with nothing."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, sender = self.socket.recvfrom(4096)
            end = query.index(b"\0", 12) + 5  # the name, its type and its class (RFC 1035, 4.1.2)
            has_address = query[end - 4 : end - 2] == b"\0\1"
            answer = query[:2] + struct.pack(">HHHHH", 0x8580, 1, has_address, 0, 0) + query[12:end]
            if has_address:
                answer += b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([127, 0, 0, 1])
            self.socket.sendto(answer, sender)
