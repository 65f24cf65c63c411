"""What is said on one connection to a mail server, and what each reply means; no socket is touched here.

With PIPELINING (RFC 2920) the envelope is one group of commands, and the next message's envelope follows a message's
end in the same breath: one round trip a message. Without it, a command waits for the reply to the one before.
"""

from collections import deque
from dataclasses import dataclass
from typing import Literal, NamedTuple

from channels_app.email.smtp.answers import Command, Exchange, Stage, Trouble

LONGEST_REPLY = 65_536
MOST_TRIES = 8
"""How often a message is begun whose connection, good for others before, ended before its own body was said."""

_Said = Literal["MAIL", "RCPT", "DATA", "body", "nothing", "RSET"]


class Parcel(NamedTuple):
    """One message: its envelope, in ASCII, and its bytes."""

    key: int
    sender: str
    recipient: str
    message: bytes


@dataclass(slots=True, eq=False)
class Transit:
    """A parcel on its way: its place in the batch, what was refused, and where its end stands in all that is said."""

    place: int
    parcel: Parcel
    tries: int = 0
    is_whole_at: int = 0
    refused: Command = ""
    reply: str = ""

    def exchange(self, stage: Stage, *, trouble: Trouble = "", words: str = "") -> Exchange:
        """How it went, as far as it is known."""
        return Exchange(self.parcel.key, trouble, words, self.reply, stage, self.refused)


class Done(NamedTuple):
    """A transit at its end."""

    transit: Transit
    exchange: Exchange


class Dialogue:
    """One connection after the sign-in. Feed it with `hear`, send what `say` gives, tell how much of it has left.

    `is_over`: nothing more may be said here; `lost` tells what becomes of the messages in hand.
    """

    __slots__ = ("_awaited", "_done", "_half", "_left", "_more", "_pipelines", "_said", "_unsaid", "_wants_size",
                 "has_carried", "is_over")  # fmt: skip

    def __init__(self, *, pipelines: bool, wants_size: bool) -> None:
        self._pipelines, self._wants_size = pipelines, wants_size
        self._awaited: deque[tuple[_Said, Transit | None]] = deque()
        self._unsaid: list[bytes] = []
        self._half = b""  # of a line that hasn't come whole
        self._more: list[bytes] = []  # lines of a reply that goes on
        self._done: list[Done] = []
        self._said = self._left = 0
        self.has_carried = self.is_over = False

    @property
    def has_room(self) -> bool:
        """Whether another message may be taken: no reply is awaited, or one that nothing else hangs on."""
        if self.is_over or not self._awaited:
            return not self.is_over
        return self._pipelines and len(self._awaited) == 1 and self._awaited[0][0] in ("body", "RSET")

    @property
    def is_idle(self) -> bool:
        """Whether no reply is awaited."""
        return not self._awaited

    @property
    def awaits_taking(self) -> bool:
        """Whether the reply awaited is the one that takes or refuses a whole message."""
        return bool(self._awaited) and self._awaited[0][0] == "body"

    def take(self, transit: Transit) -> None:
        """Begin a message."""
        parcel = transit.parcel
        transit.tries += 1
        size = f" SIZE={len(parcel.message)}" if self._wants_size else ""
        mail = f"MAIL FROM:<{parcel.sender}>{size}\r\n"
        if self._pipelines:
            self._say(f"{mail}RCPT TO:<{parcel.recipient}>\r\nDATA\r\n".encode("ascii"))
            self._awaited.extend((("MAIL", transit), ("RCPT", transit), ("DATA", transit)))
        else:
            self._command("MAIL", transit, mail)

    def say(self) -> bytes:
        """What is to be sent now; once given, it counts as said."""
        said = b"".join(self._unsaid)
        self._unsaid.clear()
        return said

    def left(self, count: int) -> None:
        """So many more bytes of what was said are with the system."""
        self._left += count

    def hear(self, data: bytes) -> list[Done]:
        """Read replies, whole or in parts; returns the messages that came to their end."""
        *lines, self._half = (self._half + data).split(b"\n") if self._half else data.split(b"\n")
        for line in lines:
            if self.is_over:
                break
            self._line(line)
        if len(self._half) + sum(map(len, self._more)) > LONGEST_REPLY:
            self.is_over = True
        done, self._done = self._done, []
        return done

    def lost(self, words: str, *, is_silence: bool = False) -> tuple[list[Done], list[Transit]]:
        """The connection is gone: the messages that came to their end by it, and those to be begun elsewhere.

        Begun again is only what never got a word of its own, on a connection that was good for others before.
        """
        done, again = [], []
        for number, transit in enumerate(dict.fromkeys(each for _, each in self._awaited if each)):
            is_untouched = not (transit.refused or transit.is_whole_at) and (number or self.has_carried)
            if is_untouched and transit.tries < MOST_TRIES and not is_silence:
                again.append(transit)
            else:
                done.append(Done(transit, self._broken_off(transit, words)))
        self._awaited.clear()
        self.is_over = True
        return done, again

    def _broken_off(self, transit: Transit, words: str) -> Exchange:
        if transit.refused:
            return transit.exchange("envelope")
        if not transit.is_whole_at:
            return transit.exchange("envelope", trouble="lost", words=words)
        stage: Stage = "after the body" if self._left >= transit.is_whole_at else "body"
        return transit.exchange(stage, trouble="lost", words=words)

    def _say(self, text: bytes) -> None:
        self._unsaid.append(text)
        self._said += len(text)

    def _command(self, said: _Said, transit: Transit | None, text: str) -> None:
        self._say(text.encode("ascii"))
        self._awaited.append((said, transit))

    def _line(self, line: bytes) -> None:
        line = line.removesuffix(b"\r")
        code, mark = line[:3], line[3:4]
        if not (code.isdigit() and mark in (b" ", b"-", b"")) or b"\0" in line:
            self.is_over = True  # whatever speaks here, it isn't SMTP
        elif mark == b"-":
            self._more.append(line[4:])
        elif not self._awaited:
            self.is_over = True  # a server that speaks unasked says good-bye
        else:
            text = b" ".join([code, *self._more, line[4:]]) if self._more else line
            self._more.clear()
            self._reply(code, text)

    def _reply(self, code: bytes, text: bytes) -> None:
        said, transit = self._awaited.popleft()
        self.is_over = code == b"421"
        if transit is None:  # RSET's
            return
        if self.is_over and said in ("MAIL", "RCPT", "DATA") and self._may_begin_elsewhere(transit):
            self._awaited.appendleft((said, transit))  # so many messages a connection, say
            return
        if code[:1] in b"45" and not transit.refused:
            transit.refused = said  # type: ignore[assignment]  # "nothing" is only said to what was refused
            transit.reply = text.decode("utf-8", "replace").strip()
        if said in ("MAIL", "RCPT"):
            self._envelope_goes_on(said, transit, code)
        elif said == "DATA":
            self._data_answered(transit, code)
        else:
            self._ended(transit, code, text)

    def _may_begin_elsewhere(self, transit: Transit) -> bool:
        return self.has_carried and not transit.refused and transit.tries < MOST_TRIES

    def _envelope_goes_on(self, said: _Said, transit: Transit, code: bytes) -> None:
        if not transit.refused and code[:1] != b"2":
            self._awaited.appendleft((said, transit))  # so that it is told as broken off
            self.is_over = True
        elif self._pipelines:
            return
        elif transit.refused:
            self._finish(transit, "envelope")
        elif said == "MAIL":
            self._command("RCPT", transit, f"RCPT TO:<{transit.parcel.recipient}>\r\n")
        else:
            self._command("DATA", transit, "DATA\r\n")

    def _data_answered(self, transit: Transit, code: bytes) -> None:
        if code == b"354" and transit.refused:
            self._command("nothing", transit, ".\r\n")  # RFC 2920, section 3.1: there is nobody to take it
        elif code == b"354":
            self._say(_body(transit.parcel.message))
            transit.is_whole_at = self._said
            self._awaited.append(("body", transit))
        elif transit.refused:
            self._finish(transit, "envelope")
        else:
            self._awaited.appendleft(("DATA", transit))
            self.is_over = True

    def _ended(self, transit: Transit, code: bytes, text: bytes) -> None:
        if code[:1] not in b"245":
            self._awaited.appendleft(("body", transit))
            self.is_over = True
            return
        if not transit.refused:
            transit.reply = text.decode("utf-8", "replace").strip()
        self.has_carried = True
        self._done.append(Done(transit, transit.exchange("after the body")))

    def _finish(self, transit: Transit, stage: Stage) -> None:
        """Refused before its body: an envelope that was begun is taken back."""
        self.has_carried = True
        self._done.append(Done(transit, transit.exchange(stage)))
        if transit.refused != "MAIL" and not self.is_over:
            self._command("RSET", None, "RSET\r\n")


def _body(message: bytes) -> bytes:
    """The message with its leading dots doubled, and its end: RFC 5321, section 4.5.2. Its lines end in CRLF."""
    if b"\r\n." in message:
        message = message.replace(b"\r\n.", b"\r\n..")
    if message[:1] == b".":
        message = b"." + message
    return message + (b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n")
