"""Connections to the page: what other users of the machine open cannot keep the coder out."""

from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Any

from waitress.channel import HTTPChannel

MAX_STRANGERS = 50  # of the 100 connections that the server holds
STRANGER_LASTS_S = 5.0


class Connection(HTTPChannel):  # type: ignore[misc]  # waitress carries no types
    """One connection; `knows` tells whether a request with this `Cookie` header is the coder's.

    A stranger's connection, of which no request was the coder's, is closed when a set time has gone by without an
    answer, however much came in. Of too many the oldest makes room: a browser asks as soon as it is connected.
    """

    def __init__(self, *given: Any, knows: Callable[[str], bool], **options: Any) -> None:
        self._knows, self._is_stranger, self._closes_at = knows, True, monotonic() + STRANGER_LASTS_S
        super().__init__(*given, **options)
        waiting = [own for own in self.server.active_channels.values() if own.is_waiting_stranger]
        for oldest in sorted(waiting, key=lambda own: own._closes_at)[:-MAX_STRANGERS]:
            oldest.will_close = True

    @property
    def is_waiting_stranger(self) -> bool:
        """Whether nothing is known of who opened it, and no request of it is being answered."""
        return self._is_stranger and not self.requests and not self.will_close

    def readable(self) -> bool:
        """Whether more may come in; the server asks again and again, at least once a second."""
        if self.is_waiting_stranger and monotonic() > self._closes_at:
            self.will_close = True
        return bool(super().readable())

    def service(self) -> None:
        """Answer the request that came in first."""
        if self._is_stranger:
            self._is_stranger = not self._knows(self.requests[0].headers.get("COOKIE", ""))
        self._closes_at = inf
        super().service()
        self._closes_at = monotonic() + STRANGER_LASTS_S
