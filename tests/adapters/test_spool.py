"""The spool: bodies are whole whatever their size, small ones touch no disk, and no file outlives its body."""

import gc
from hashlib import sha256, sha512
from pathlib import Path

import pytest

from sacbe_adapters.spool import PIECE_BYTES, Body, BodyTooLarge, Spool
from sacbe_terms.errors import NoRoomForBody

LARGE = bytes(range(256)) * (PIECE_BYTES // 64)


async def taken(spool: Spool, data: bytes, *, step: int = 50_000) -> Body:
    """Take a body in, in pieces."""
    intake = spool.intake(len(data))
    for start in range(0, len(data), step):
        await intake.add(data[start : start + step])
    return await intake.done()


def names(folder: Path) -> list[str]:
    """Give what stands in a folder."""
    return [file.name for file in folder.iterdir()]


@pytest.mark.parametrize("data", [b"", b"{}", LARGE], ids=["empty", "small", "large"])
async def test_a_body_is_what_came(tmp_path: Path, data: bytes) -> None:
    """Whole, in pieces and in part, as often as it is read, with its digests."""
    body = await taken(Spool(tmp_path), data)
    assert body.size == len(data)
    assert await body.read() == data
    assert await body.read(10, len(data) - 10) == data[10 : len(data) - 10]
    for _ in range(2):
        pieces = [piece async for piece in body.pieces()]
        assert b"".join(pieces) == data
        assert all(len(piece) <= PIECE_BYTES for piece in pieces)
    assert (body.sha256, body.sha512) == (sha256(data).digest(), sha512(data).digest())


async def test_a_small_body_touches_no_disk(tmp_path: Path) -> None:
    """Not even the folder is made."""
    await taken(Spool(tmp_path / "spool"), LARGE[:PIECE_BYTES])
    assert not (tmp_path / "spool").exists()
    await taken(Spool(tmp_path / "spool"), LARGE)
    assert (tmp_path / "spool").exists()


async def test_what_has_come_is_read_before_the_rest(tmp_path: Path) -> None:
    """On disk, in memory, and across both."""
    intake = Spool(tmp_path).intake(len(LARGE))
    at = 3 * PIECE_BYTES
    await intake.add(LARGE[:at])
    await intake.add(LARGE[at : at + 1000])
    for start, end in ((0, 10), (at - 10, at), (at - 10, at + 10), (at, at + 1000)):
        assert await intake.read(start, end) == LARGE[start:end]


@pytest.mark.parametrize("by", [b"", b"new", LARGE[::-1]], ids=["nothing", "small", "large"])
@pytest.mark.parametrize("data", [LARGE[:1000], LARGE], ids=["small", "large"])
async def test_other_bytes_in_one_place(tmp_path: Path, data: bytes, by: bytes) -> None:
    """The rest stays, the digests are those of the new body, and the old one is as it was."""
    spool = Spool(tmp_path)
    old = await taken(spool, data)
    new = await old.replaced(100, 300, await spool.held(by))
    expected = data[:100] + by + data[300:]
    assert await new.read() == expected
    assert (new.size, new.sha256, new.sha512) == (len(expected), sha256(expected).digest(), sha512(expected).digest())
    assert await old.read() == data


async def test_a_body_that_is_too_large_is_refused(tmp_path: Path) -> None:
    """At the first byte beyond the limit."""
    intake = Spool(tmp_path).intake(10)
    await intake.add(bytes(10))
    with pytest.raises(BodyTooLarge):
        await intake.add(b"1")


async def test_no_file_outlives_its_body(tmp_path: Path) -> None:
    """Files have no names, and their room is given back when the last that reads of them is gone."""
    spool = Spool(tmp_path)
    body = await taken(spool, LARGE)
    part = await body.replaced(0, 10, Body.of(b""))
    assert spool.spooled_bytes == len(LARGE)
    assert names(tmp_path) == []
    del body
    gc.collect()
    assert await part.read() == LARGE[10:]
    del part
    gc.collect()
    assert spool.spooled_bytes == 0


async def test_there_is_only_so_much_room(tmp_path: Path) -> None:
    """What finds none is refused, what is there stays whole, and room that is given back is used again."""
    spool = Spool(tmp_path, bytes_max=len(LARGE) + 10)
    body = await taken(spool, LARGE)
    with pytest.raises(NoRoomForBody, match="more than"):
        await taken(spool, LARGE)
    assert await body.read() == LARGE
    del body
    gc.collect()
    await taken(spool, LARGE)


async def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    """Is told as an error of its own, and small bodies go on."""
    (tmp_path / "spool").write_text("a file where the folder should be")
    spool = Spool(tmp_path / "spool")
    with pytest.raises(NoRoomForBody):
        await taken(spool, LARGE)
    assert await (await taken(spool, b"{}")).read() == b"{}"
