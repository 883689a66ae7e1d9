import functools
import hashlib
import http.server
import threading

import pytest

from discovery.datasets import fetch as module
from discovery.datasets.fetch import RemoteFile, cache_dir, fetch, write_atomically
from discovery.errors import ChecksumError, DatasetError

CONTENT = b"ID,sigma\n1,1e-3\n" * 1000
SUM = hashlib.sha256(CONTENT).hexdigest()


class Truncating(http.server.SimpleHTTPRequestHandler):
    """Promises the whole file and sends half of it."""

    def copyfile(self, source, outputfile):
        outputfile.write(source.read()[: len(CONTENT) // 2])

    def log_message(self, *arguments):
        pass


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "user_cache_path", lambda *_, **__: tmp_path / "cache")
    monkeypatch.delenv("DISCOVERY_DATA", raising=False)
    return tmp_path / "cache" / "toy"


@pytest.fixture
def origin(tmp_path):
    folder = tmp_path / "origin"
    folder.mkdir()
    (folder / "toy.csv").write_bytes(CONTENT)
    return folder


@pytest.fixture
def serve(origin):
    servers = []

    def start(handler):
        handler = functools.partial(handler, directory=origin)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return RemoteFile(
            f"http://127.0.0.1:{server.server_address[1]}/toy.csv", SUM, "toy.csv", "toy"
        )

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def remote(origin, checksum=SUM):
    return RemoteFile((origin / "toy.csv").as_uri(), checksum, "toy.csv", "toy")


def test_a_download_lands_in_the_cache_and_is_not_repeated(serve, origin, cache):
    file = serve(Quiet)
    assert fetch(file) == cache / "toy.csv"
    (origin / "toy.csv").unlink()
    assert fetch(file).read_bytes() == CONTENT
    assert [path.name for path in cache.iterdir()] == ["toy.csv"]


def test_a_truncated_download_is_refused_and_leaves_nothing_behind(serve, cache):
    half = hashlib.sha256(CONTENT[: len(CONTENT) // 2]).hexdigest()
    with pytest.raises(ChecksumError, match=f"has sha256 {half}, expected {SUM}: it was cut short"):
        fetch(serve(Truncating))
    assert list(cache.iterdir()) == []


def test_what_an_interrupted_download_left_is_never_taken_for_the_file(origin, cache):
    cache.mkdir(parents=True)
    (cache / ".part-killed").write_bytes(CONTENT[:100])
    assert fetch(remote(origin)).read_bytes() == CONTENT


def test_without_network_the_message_says_how_to_give_the_file(cache):
    file = RemoteFile("http://127.0.0.1:9/toy.csv", SUM, "toy.csv", "toy")
    with pytest.raises(DatasetError, match=r"cannot download.*--data-dir or DISCOVERY_DATA"):
        fetch(file, timeout=5)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("below", ["", "toy"])
def test_the_environment_names_the_folder_or_its_parent(below, tmp_path, monkeypatch):
    folder = tmp_path / "data" / below
    folder.mkdir(parents=True)
    (folder / "toy.csv").write_bytes(CONTENT)
    monkeypatch.setenv("DISCOVERY_DATA", str(tmp_path / "data"))
    assert fetch(RemoteFile("unused:", SUM, "toy.csv", "toy")) == folder / "toy.csv"


@pytest.mark.parametrize("below", ["", "toy"])
def test_a_given_folder_comes_before_the_environment(below, tmp_path, monkeypatch):
    monkeypatch.setenv("DISCOVERY_DATA", str(tmp_path / "nowhere"))
    folder = tmp_path / "given" / below
    folder.mkdir(parents=True)
    (folder / "toy.csv").write_bytes(CONTENT)
    file = RemoteFile("unused:", SUM, "toy.csv", "toy")
    assert fetch(file, data_dir=tmp_path / "given") == folder / "toy.csv"


def test_a_given_folder_without_the_file_is_not_replaced_by_a_download(origin, tmp_path):
    with pytest.raises(DatasetError, match=r"toy\.csv is neither in .*typo nor in its toy/"):
        fetch(remote(origin), data_dir=tmp_path / "typo")


def test_an_environment_without_the_file_falls_through_to_the_download(origin, monkeypatch, cache):
    monkeypatch.setenv("DISCOVERY_DATA", "/nonexistent")
    assert fetch(remote(origin)) == cache / "toy.csv"


def test_a_truncated_local_file_is_refused_with_its_path_and_the_remedy(tmp_path):
    (tmp_path / "toy.csv").write_bytes(CONTENT[:50])
    found = hashlib.sha256(CONTENT[:50]).hexdigest()
    file = RemoteFile("https://example.org/toy.csv", SUM, "toy.csv", "toy")
    with pytest.raises(
        ChecksumError, match=rf"toy\.csv has sha256 {found}, expected {SUM}.*delete"
    ):
        fetch(file, data_dir=tmp_path)


def test_a_cache_that_cannot_be_written_is_named(origin, tmp_path):
    (tmp_path / "cache").write_text("a file where a folder should be")
    with pytest.raises(DatasetError, match=r"cannot write to .*cache"):
        fetch(remote(origin))


def test_a_failed_write_keeps_the_old_content(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "x.json"
    write_atomically(path, b"old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(module.Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert [(p.name, p.read_bytes()) for p in path.parent.iterdir()] == [("x.json", b"old")]


def test_each_data_set_has_its_own_cache(cache):
    assert cache_dir("toy") == cache
    assert cache_dir("other") == cache.parent / "other"
