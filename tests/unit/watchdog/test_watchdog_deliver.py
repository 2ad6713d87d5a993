"""What is sent out, and that a secret address stays one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from watchdog_fakes import Receiver, serving
from watchdog_world import NOW

from components.backups.watchdog.program import deliver
from components.backups.watchdog.program.deliver import Channel, Undelivered


@pytest.fixture
def webhook() -> Iterator[Receiver]:
    held = Receiver()
    with serving(held):
        yield held


def test_a_body_is_posted_as_json_and_nothing_is_a_get(webhook: Receiver):
    post = deliver.sender(None)
    post(f"{webhook.url}/T0/B0/secret", b'{"text":"x"}')
    post(f"{webhook.url}/ping/secret", None)
    assert webhook.asked == [("POST", "/T0/B0/secret", '{"text":"x"}'), ("GET", "/ping/secret", "")]
    assert webhook.headers[0]["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 500, 503])
def test_what_is_not_taken_was_not_delivered(webhook: Receiver, status: int):
    webhook.status = status
    webhook.answer_headers["Location"] = "/elsewhere/secret"
    with pytest.raises(Undelivered) as caught:
        deliver.sender(None)(f"{webhook.url}/secret", b"{}")
    assert str(caught.value) == f"http://127.0.0.1/… answered {status}"
    assert len(webhook.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "ftp://host/secret",
        "file:///secret",
        "not a url secret",
        "http://[secret",
        "https://user:secret@127.0.0.1:1/secret?token=secret#secret",
        "http://127.0.0.1:1/sec ret/secret\x01",
    ],
)
def test_no_error_shows_more_of_an_address_than_its_host(url: str):
    with pytest.raises(Undelivered) as caught:
        deliver.sender(None)(url, b"{}")
    assert "secret" not in str(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_failures_are_tried_again_ever_more_seldom_and_the_first_is_remembered():
    channel, pauses = Channel(good=NOW), []
    for _ in range(6):
        channel = channel.failed(NOW, "answered 500")
        assert channel.next is not None
        pauses.append((channel.next - NOW).total_seconds() / 60)
    assert pauses == [1, 2, 4, 8, 15, 15]
    assert (channel.bad, channel.tries, channel.good) == (NOW, 6, NOW)
    assert not channel.due(NOW + timedelta(minutes=14))
    assert channel.due(NOW + timedelta(minutes=15))
    assert channel.delivered(NOW) == Channel(good=NOW)


@pytest.mark.parametrize(("minutes", "sound"), [(14, True), (15, False)])
def test_a_channel_is_unsound_after_a_quarter_of_an_hour(minutes: int, sound: bool):
    assert Channel(bad=NOW).sound(NOW + timedelta(minutes=minutes)) is sound


@pytest.mark.parametrize(
    ("channel", "due"),
    [
        (Channel(), True),
        (Channel(good=NOW - timedelta(minutes=4)), False),
        (Channel(good=NOW - timedelta(minutes=5)), True),
        (Channel(good=NOW - timedelta(minutes=1), bad=NOW), True),
    ],
)
def test_a_ping_is_due_every_five_minutes(channel: Channel, due: bool):
    assert deliver.ping_due(channel, NOW) is due
