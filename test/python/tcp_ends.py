"""Several messages to a server, as programs that do not rely on one recv do it.

usage: tcp_ends.py <port> newline <message>... ; one connection, all messages in one segment, an answer for each
       tcp_ends.py <port> half-close <message>... ; one connection per message, which ends where no more is sent
Prints each answer, as hexadecimal.
"""
import socket
import sys

port, end, messages = int(sys.argv[1]), sys.argv[2], [bytes.fromhex(m) for m in sys.argv[3:]]
if end == "newline":
    with socket.create_connection(("localhost", port)) as s, s.makefile("rb") as answers:
        s.sendall(b"".join(m + b"\n" for m in messages))
        for _ in messages:
            print(answers.readline().hex(), flush=True)
else:
    for message in messages:
        with socket.create_connection(("localhost", port)) as s, s.makefile("rb") as answer:
            s.sendall(message)
            s.shutdown(socket.SHUT_WR)
            print(answer.read().hex(), flush=True)
