"""Schemas made of others: each is written out once, and one that is made of itself ends."""

from typing import Any

from sacbe_adapters.rest import merging
from sacbe_adapters.rest.bundle import Bundle
from sacbe_adapters.rest.references import Document
from tests.adapters.openapi_museum import beside

LEVELS = 40
SCHEMAS = "#/components/schemas"


class Followed(Document):
    """A document that counts how often a part of a schema was followed."""

    count = 0

    def resolved(self, node: object, at: str) -> tuple[object, str]:
        """Follow as ever, and count."""
        self.count += 1
        return super().resolved(node, at)


def document(schemas: dict[str, Any]) -> Followed:
    """Give a document that names these schemas."""
    return Followed({"openapi": "3.0.3", "components": {"schemas": schemas}}, "", Bundle(beside))


def reference(name: str) -> dict[str, str]:
    """Give a reference to one of them."""
    return {"$ref": f"{SCHEMAS}/{name}"}


def level(number: int) -> dict[str, Any]:
    """Give a schema of one member that is made of the next one twice."""
    own = {"properties": {f"campo{number}": {"type": "string"}}, "required": [f"campo{number}"]}
    below = [reference(f"N{number + 1}")] * 2 if number + 1 < LEVELS else []
    return {"allOf": [*below, own]}


def test_a_part_is_written_out_once() -> None:
    """Schemas that are each made of the next one twice cost what they say, and not two to the power of it."""
    tower = document({f"N{number}": level(number) for number in range(LEVELS)})
    whole = merging.merged(tower, tower.root["components"]["schemas"]["N0"], f"{SCHEMAS}/N0")
    names = {f"campo{number}" for number in range(LEVELS)}
    assert (set(whole["properties"]), sorted(whole["required"])) == (names, sorted(names))
    assert tower.count <= 3 * LEVELS


def test_a_schema_that_is_part_of_itself_ends() -> None:
    """Two schemas that are made of one another each have what both say."""
    own = {name: {"properties": {name.lower(): {"type": "string"}}} for name in ("A", "B")}
    circle = document({"A": {"allOf": [reference("B"), own["A"]]}, "B": {"allOf": [reference("A"), own["B"]]}})
    for name in ("A", "B"):
        whole = merging.merged(circle, circle.root["components"]["schemas"][name], f"{SCHEMAS}/{name}")
        assert set(whole["properties"]) == {"a", "b"}
