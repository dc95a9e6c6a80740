"""One connection per message, as in the lecture: connect, send, receive at most 1024 bytes, close.

usage: tcp_client.py <port> <message>... ; prints each answer, as hexadecimal
"""
import socket
import sys

for message in sys.argv[2:]:
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    s.connect(("localhost", int(sys.argv[1])))
    s.send(bytes.fromhex(message))
    print(s.recv(1024).hex(), flush=True)
    s.close()
