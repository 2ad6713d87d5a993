"""What the kubelet and a scraper see."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from time import monotonic

import pytest

from components.backups.watchdog.program import serve


@pytest.fixture
def board() -> serve.Board:
    return serve.Board(metrics="ladder_alert 1\n")


@pytest.fixture
def url(board: serve.Board) -> Iterator[str]:
    server = serve.server(board, port=0)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 (loopback)
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_loop_that_lives_is_healthy_and_one_that_hangs_is_not(url: str, board: serve.Board):
    assert get(f"{url}/healthz") == (200, "ok\n")
    board.alive = monotonic() - serve.QUIET_SECONDS
    assert get(f"{url}/healthz") == (503, "the loop hangs\n")
    board.beat()
    assert get(f"{url}/healthz")[0] == 200


def test_metrics_are_served_and_nothing_else(url: str):
    assert get(f"{url}/metrics") == (200, "ladder_alert 1\n")
    assert get(f"{url}/")[0] == 404
