import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from detector import writing
from detector.data import DetectorError, UsageError
from detector.writing import locked, whole_file


@pytest.fixture(params=["of the system", "a file that is there"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "a file that is there":
        monkeypatch.setattr(writing, "fcntl", None)
    elif writing.fcntl is None:
        pytest.skip("this system has no such locks")
    return str(request.param)


def test_one_at_a_time(tmp_path: Path, kind: str) -> None:
    inside: list[int] = []
    most = []

    def work(number: int) -> None:
        with locked(tmp_path / "lock"):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.01)
            inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_waiting_ends_with_a_message(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PATIENCE", 0.05)
    with (
        locked(tmp_path / "lock"),
        pytest.raises(DetectorError, match=r"another process has been writing for over 0\.05 s.*try later"),
        locked(tmp_path / "lock"),
    ):
        pass
    with locked(tmp_path / "lock"):
        pass


def test_a_failure_gives_the_lock_back(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "lock"):
        raise ZeroDivisionError
    with locked(tmp_path / "lock"):
        pass


def test_where_nothing_can_be_written_the_system_says_so(tmp_path: Path, kind: str) -> None:
    with pytest.raises(FileNotFoundError), locked(tmp_path / "nowhere" / "lock"):
        pass


@pytest.mark.skipif(writing.fcntl is None, reason="this system has no such locks")
def test_a_process_that_dies_leaves_no_lock(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    program = (
        "import os, pathlib, sys; from detector.writing import locked\n"
        "with locked(pathlib.Path(sys.argv[1])): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(file)]).returncode == 9
    assert file.exists()
    with locked(file):
        pass


@pytest.mark.skipif(writing.fcntl is None, reason="this system has no such locks")
def test_the_lock_of_a_replaced_folder_is_nobodys(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    folder.mkdir()
    with locked(folder / "lock"):
        folder.rename(tmp_path / "old")
        folder.mkdir()
        with locked(folder / "lock"):
            assert (folder / "lock").exists()


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    target, link = tmp_path / "report.csv", tmp_path / "latest.csv"
    target.write_text("old")
    link.symlink_to(target)
    with whole_file(str(link)) as file:
        file.write(b"new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert link.is_symlink()
    with pytest.raises(KeyboardInterrupt), whole_file(str(target)) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert target.read_text() == "new"
    assert {path.name for path in tmp_path.iterdir()} == {"report.csv", "latest.csv"}


def test_standard_output_is_a_file(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with whole_file("-") as file:
        file.write(b"a,b\n\xff")
    assert capfdbinary.readouterr().out == b"a,b\n\xff"


@pytest.mark.parametrize(("name", "complaint"), [(".", "is a folder"), ("no/such.csv", "cannot be written")])
def test_what_cannot_be_written_is_told_before_any_work(tmp_path: Path, name: str, complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint), whole_file(str(tmp_path / name)):
        pytest.fail("the work began")
