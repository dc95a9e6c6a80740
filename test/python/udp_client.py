"""One datagram there and one back for each message, as in the lecture.

usage: udp_client.py <port> <message>... ; prints each answer, as hexadecimal
"""
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for message in sys.argv[2:]:
    s.sendto(bytes.fromhex(message), ("localhost", int(sys.argv[1])))
    data, addr = s.recvfrom(1024)
    print(data.hex(), flush=True)
s.close()
