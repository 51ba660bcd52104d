"""Compressed answers: where the client takes them and nobody's secret is in them."""

import asyncio
import gzip

import httpx
import pytest

from sacbe_graphql import compression
from sacbe_graphql.compression import COMPRESSED_BYTES_MIN, IN_THREAD_BYTES_MIN, Compression
from sacbe_graphql.negotiation import takes_gzip
from tests.graphql.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

LARGE = "{ services(first: 20) { nodes { identifier title description } } }"


async def asked(world: World, query: str, *, token: str = "", encoding: str = "gzip") -> httpx.Response:
    """Post a query and say which encodings are taken."""
    return await world.post({"query": query}, token=token, **{"accept-encoding": encoding})


async def test_a_large_answer_is_compressed(world: World) -> None:
    """The answer is the same, takes fewer bytes, and says how it was made and what it depends on."""
    plain, smaller = await asked(world, LARGE, encoding="identity"), await asked(world, LARGE)
    assert smaller.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in smaller.headers["vary"]
    assert smaller.content == plain.content
    assert int(smaller.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert "content-encoding" not in plain.headers


async def test_a_small_answer_is_not_compressed(world: World) -> None:
    """Nothing is won where the answer fits into a packet."""
    response = await asked(world, "{ services { totalCount } }")
    assert "content-encoding" not in response.headers


async def test_an_answer_to_a_known_caller_is_not_compressed(world: World) -> None:
    """Its length would tell of secrets that stand beside what a stranger chose."""
    response = await asked(world, LARGE, token=world.token)
    assert len(response.content) >= COMPRESSED_BYTES_MIN
    assert "content-encoding" not in response.headers


async def test_an_answer_that_may_be_kept_is_compressed_too(world: World) -> None:
    """One tag stands for both forms: it is weak."""
    answers = [
        await world.client.get("/graphql", params={"query": LARGE}, headers={"accept-encoding": encoding})
        for encoding in ("gzip", "identity")
    ]
    assert {answer.headers["etag"][:3] for answer in answers} == {'W/"'}
    assert answers[0].headers["etag"] == answers[1].headers["etag"]
    assert answers[0].headers.get("content-encoding") == "gzip"


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("x-gzip", True),
        ("*", True),
        ("*;q=0.1", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("*, gzip;q=0", False),
        ("gzip;q=x", False),
        (",;,q=", False),
    ],
)
async def test_what_a_client_takes(accepted: str, takes: bool) -> None:
    """`Accept-Encoding` is read as RFC 9110 says."""
    assert takes_gzip(accepted) is takes


@pytest.mark.parametrize("size", [0, COMPRESSED_BYTES_MIN, IN_THREAD_BYTES_MIN, 1_000_000])
async def test_every_size_comes_back(size: int) -> None:
    """Whatever its size, decompressed it is the same."""
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    assert gzip.decompress(await Compression().smaller(body)) == body


async def test_a_large_answer_is_compressed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many who ask the same large thing at once cost one compression."""
    made: list[bytes] = []

    def counting(body: bytes) -> bytes:
        made.append(body)
        return body[:100]

    monkeypatch.setattr(compression, "_gzipped", counting)
    compressing, body = Compression(), b"a" * IN_THREAD_BYTES_MIN
    answers = await asyncio.gather(*(compressing.smaller(body) for _ in range(20)))
    assert len(made) == 1
    assert len(set(answers)) == 1
