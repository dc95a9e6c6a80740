"""Reverses a number of texts, a connection for each: accept, receive, answer, close.

usage: tcp_reverser.py <newline|close> <number> ; prints the port. With newline all texts come on one connection.
"""
import socket
import sys

end, number = sys.argv[1], int(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(("localhost", 0))
s.listen(1)
print("port:", s.getsockname()[1], flush=True)
if end == "newline":
    conn, addr = s.accept()
    with conn, conn.makefile("rw", encoding="utf-8", newline="\n") as lines:
        for _ in range(number):
            lines.write(lines.readline()[:-1][::-1] + "\n")
            lines.flush()
else:
    for _ in range(number):
        conn, addr = s.accept()
        with conn:
            conn.sendall(conn.recv(1024).decode()[::-1].encode())
s.close()
