"""The lecture's servers, which reverse one message of each connection: accept, receive at most 1024 bytes, answer, close.

usage: tcp_reversers.py <one-shot|threading|forking> ; prints the port
One that forks closes a copy in its child; its own keeps the connection open until the next one is accepted.
"""
import multiprocessing
import socket
import sys
import threading


def answer(conn):
    conn.send(conn.recv(1024).decode()[::-1].encode())
    conn.close()


mode = sys.argv[1]
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.bind(("localhost", 0))
s.listen(5)
print("port:", s.getsockname()[1], flush=True)
while True:
    conn, addr = s.accept()
    if mode == "forking":
        multiprocessing.get_context("fork").Process(target=answer, args=(conn,)).start()
    elif mode == "threading":
        threading.Thread(target=answer, args=(conn,)).start()
    else:
        answer(conn)
        break
