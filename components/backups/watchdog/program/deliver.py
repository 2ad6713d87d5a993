"""Webhook and dead-man ping: what is sent out, and what may be said of an address that is itself a secret."""

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 15
PING_EVERY = timedelta(minutes=5)
PATIENCE = timedelta(minutes=15)
"""A watchdog that cannot bark for so long is not sound: its ping stops, and whoever waits for that takes over."""
LONGEST_PAUSE = timedelta(minutes=15)

Post = Callable[[str, bytes | None], None]


class Undelivered(Exception):  # noqa: N818 (what happened)
    """It did not get through; the words name the host alone."""


def place(url: str) -> str:
    """What may be shown of a URL: who has the rest of it may write in the company's name."""
    try:
        return f"{urlsplit(url).scheme}://{urlsplit(url).hostname or '?'}/…"
    except ValueError:
        return "(not a URL)"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirected message would be sent on as a GET, without its content, and count as delivered."""

    def redirect_request(
        self, req: object, fp: object, code: object, msg: object, headers: object, newurl: object
    ) -> None:
        return None


def sender(trust: ssl.SSLContext | None) -> Post:
    """How things are sent: with a body as a POST of JSON, else as a GET."""
    opener = urllib.request.build_opener(_NoRedirects, urllib.request.HTTPSHandler(context=trust))

    def post(url: str, body: bytes | None) -> None:
        try:
            if urlsplit(url).scheme not in ("http", "https"):
                raise Undelivered(f"{place(url)}: must begin with https:// or http://")
            headers = {"Content-Type": "application/json", "User-Agent": "ladder-watchdog"}
            request = urllib.request.Request(url, data=body, headers=headers)  # noqa: S310 (the scheme was looked at)
            with opener.open(request, timeout=TIMEOUT_SECONDS):
                pass
        except urllib.error.HTTPError as error:
            with error:
                raise Undelivered(f"{place(url)} answered {error.code}") from None
        except urllib.error.URLError as error:
            raise Undelivered(f"{place(url)} cannot be reached: {error.reason}") from None
        except TimeoutError:
            raise Undelivered(f"{place(url)} did not answer within {TIMEOUT_SECONDS} s") from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            # The words of others may quote the whole address.
            raise Undelivered(f"{place(url)}: {type(error).__name__}") from None

    return post


@dataclass(frozen=True, kw_only=True)
class Channel:
    """How delivery to one address stands.

    Attributes:
        good: When something last got through.
        bad: Since when nothing does.
        error: Why; holds no secret.
        tries: How often in a row it failed.
        next: Not before.
    """

    good: datetime | None = None
    bad: datetime | None = None
    error: str = ""
    tries: int = 0
    next: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether to try now."""
        return self.next is None or now >= self.next

    def delivered(self, now: datetime) -> "Channel":
        """It got through."""
        return Channel(good=now)

    def failed(self, now: datetime, error: str) -> "Channel":
        """It did not: tried again after a minute, two, four … a quarter of an hour."""
        pause = min(timedelta(minutes=2 ** min(self.tries, 10)), LONGEST_PAUSE)
        return replace(self, bad=self.bad or now, error=error, tries=self.tries + 1, next=now + pause)

    def sound(self, now: datetime) -> bool:
        """Whether it got through lately, as far as there was anything to say."""
        return self.bad is None or now - self.bad < PATIENCE


def ping_due(channel: Channel, now: datetime) -> bool:
    """Whether the ping's receiver expects one; a failed one is repeated at the next look."""
    return channel.good is None or now - channel.good >= PING_EVERY or channel.bad is not None
