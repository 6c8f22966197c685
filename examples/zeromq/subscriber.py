#!/usr/bin/env python3
"""Listens to a ZeroMQ sink: `subscriber.py sub ENDPOINT TABLE` or `subscriber.py work ENDPOINT`."""

import sys

import zmq

CREDIT = b"1000"  # messages that may be under way to us, unacknowledged
SIGN_OF_LIFE_MS = 1000  # well below a third of the sink's subscriber_timeout


def take(table, key, sequence, record):
    """Does the work. Whatever it writes must be safe when it returns."""
    print(table.decode(), sequence.decode(), key.decode(), record.decode(), flush=True)


def feed(endpoint, table):
    socket = zmq.Context.instance().socket(zmq.SUB)
    socket.setsockopt(zmq.SUBSCRIBE, table.encode())
    socket.connect(endpoint)
    while True:
        take(*socket.recv_multipart())


def work(endpoint):
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.connect(endpoint)
    while True:
        socket.send_multipart([b"CREDIT", CREDIT])
        if not socket.poll(SIGN_OF_LIFE_MS):
            continue
        table, key, sequence, record, ticket = socket.recv_multipart()
        try:
            take(table, key, sequence, record)
        except Exception as error:  # the sink hears why, and sends the batch again
            socket.send_multipart([b"NACK", ticket, str(error).encode()])
        else:
            socket.send_multipart([b"ACK", ticket])


if __name__ == "__main__":
    if sys.argv[1:2] == ["sub"] and len(sys.argv) == 4:
        feed(*sys.argv[2:])
    elif sys.argv[1:2] == ["work"] and len(sys.argv) == 3:
        work(sys.argv[2])
    else:
        sys.exit(__doc__)
