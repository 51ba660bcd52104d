"""Migrations of a room stand in one row: two that were written at the same time are put one after the other."""

from itertools import pairwise

import pytest

from sacbe.database import ROOMS, Room


@pytest.mark.parametrize("room", [room for room in ROOMS if room.head], ids=lambda room: room.schema)
def test_a_room_has_one_row_of_migrations(room: Room) -> None:
    """Each revision is revised by one other, and the newest is the one that a node asks for."""
    names = sorted(path.stem for path in room.versions.glob("[0-9]*.py"))
    texts = {name: (room.versions / f"{name}.py").read_text() for name in names}
    for earlier, later in pairwise(names):
        assert f'down_revision = "{earlier}"' in texts[later]
    assert names[-1] == room.head
