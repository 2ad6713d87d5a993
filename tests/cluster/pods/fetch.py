"""Fetches one address and prints status and body; an answer of any status counts as an answer."""

import sys
import urllib.error
import urllib.request

try:
    with urllib.request.urlopen(sys.argv[1], timeout=10) as answer:  # noqa: S310 (the tests' own address)
        print(answer.status, answer.read().decode())
except urllib.error.HTTPError as error:
    print(error.code, error.read().decode())
