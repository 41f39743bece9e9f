"""All the bytes of an answer, whatever they are wrapped in."""

import gzip
import io
import re
import zipfile

_VARYING = {"Date", "Expires", "Set-Cookie", "Content-Length"}


def all_bytes(response) -> bytes:
    """Status line aside: headers, cookies and body, unzipped when the body is a workbook or an archive."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    if body[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body += b"".join(archive.read(name) for name in archive.namelist())
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    return f"{headers}\n{response.cookies.output()}\n".encode() + body


def without_echo(content: bytes, address: str) -> bytes:
    """The answer without the address that was asked, which its author knows already."""
    path = address.partition("?")[0].encode()
    return content.replace(path, b"").replace(path.rstrip(b"/"), b"")


def comparable(response, address: str) -> tuple:
    """What must be the same for a refused record and for a missing one."""
    headers = sorted(
        (name, without_echo(value.encode(), address)) for name, value in response.items() if name not in _VARYING
    )
    body = without_echo(response.content, address)
    return response.status_code, headers, re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", body)
