"""One connection to a mail server, spoken by hand: what is sent and when is up to the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        """The next reply, its lines joined by blanks; empty when the other side has gone."""
        lines = []
        while line := (await self.reader.readline()).decode():
            lines.append(line.rstrip())
            if line[3:4] == " ":
                break
        return " ".join(lines)

    async def say(self, *commands: str) -> str:
        """Send commands in one go; gives the last reply."""
        self.send("".join(f"{command}\r\n" for command in commands).encode())
        replies = [await self.reply() for _ in commands]
        return replies[-1]

    def send(self, sent: bytes) -> None:
        self.writer.write(sent)

    async def mail(self, raw: bytes, *recipients: str, sender: str = "anna@city.example") -> list[str]:
        """Hand a mail over; gives all replies that come after its text: by LMTP one for each recipient."""
        await self.say(f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{recipient}>" for recipient in recipients))
        assert (await self.say("DATA"))[:3] == "354"
        self.send(as_sent(raw))
        return [await self.reply() for _ in recipients]


def as_sent(raw: bytes) -> bytes:
    """A text as it goes over the line: leading dots doubled, and its end."""
    dotted = b"." + raw if raw.startswith(b".") else raw
    dotted = dotted.replace(b"\r\n.", b"\r\n..")
    return dotted + (b"" if raw.endswith(b"\r\n") or not raw else b"\r\n") + b".\r\n"


@asynccontextmanager
async def connected(port: int, hello: str = "LHLO mx.city.example") -> AsyncIterator[Client]:
    """A connection to a port of this machine that has said hello."""
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    try:
        assert (await client.reply())[:3] == "220"
        assert (await client.say(hello))[:3] == "250"
        yield client
    finally:
        client.writer.close()
