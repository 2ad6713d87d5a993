"""Asks one address again and again until the input ends: poll.py URL THREADS PAUSE_SECONDS; prints what came of it."""

import json
import sys
import threading
import time
import urllib.request

url, threads, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
over = threading.Event()
failures: list[str] = []
asked = [0] * threads


def ask(number: int) -> None:
    while not over.is_set():
        asked[number] += 1
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 (the tests' own address)
                answer.read()
        except OSError as error:
            failures.append(str(error))
        time.sleep(pause)


workers = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
for worker in workers:
    worker.start()
sys.stdin.read()
over.set()
for worker in workers:
    worker.join()
print(json.dumps({"asked": sum(asked), "failures": failures}))
