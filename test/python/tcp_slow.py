"""Says everything, then reads nothing before it is told to.

usage: tcp_slow.py <port> <message> ; reads the answer after a line on standard input; prints how it ended
"""
import socket
import sys

with socket.create_connection(("localhost", int(sys.argv[1]))) as s:
    s.sendall(bytes.fromhex(sys.argv[2]))
    s.shutdown(socket.SHUT_WR)
    sys.stdin.readline()
    try:
        while s.recv(65536):
            pass
        print("whole", flush=True)
    except ConnectionResetError:
        print("reset", flush=True)
