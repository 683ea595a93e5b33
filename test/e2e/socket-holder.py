"""Listens for an agent as a service manager does, and starts it again whenever it ends: python3 socket-holder.py <scim port> <admin port> <command...>"""
import os
import signal
import socket
import sys

ports, command = sys.argv[1:3], sys.argv[3:]
held = []
for port in ports:
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", int(port)))
    one.listen(4096)
    held.append(one)
child = 0


def start():
    global child
    child = os.fork()
    if child == 0:
        high = [os.dup(one.fileno()) for one in held]
        for index, number in enumerate([os.dup2(n, 50 + i) for i, n in enumerate(high)]):
            os.dup2(number, 3 + index)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(held)), LISTEN_FDNAMES="scim:admin")
        os.execvp(command[0], command)


def restart(*_):
    os.kill(child, signal.SIGTERM)


def end(*_):
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)
    sys.exit(0)


signal.signal(signal.SIGUSR1, restart)
signal.signal(signal.SIGTERM, end)
while True:
    start()
    while True:
        try:
            os.waitpid(child, 0)
            break
        except InterruptedError:
            continue
