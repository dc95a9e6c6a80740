"""One connection, as in the lecture: accept, receive at most 1024 bytes, answer, close.

usage: tcp_server.py <answer> ; prints the port, then what came, as hexadecimal
"""
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(("localhost", 0))
s.listen(1)
print("port:", s.getsockname()[1], flush=True)
conn, addr = s.accept()
data = conn.recv(1024)
conn.send(bytes.fromhex(sys.argv[1]))
conn.close()
s.close()
print(data.hex(), flush=True)
