"""One datagram in and one back, as in the lecture.

usage: udp_server.py <answer> ; prints the port, then what came, as hexadecimal
"""
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("localhost", 0))
print("port:", s.getsockname()[1], flush=True)
data, addr = s.recvfrom(1024)
s.sendto(bytes.fromhex(sys.argv[1]), addr)
s.close()
print(data.hex(), flush=True)
