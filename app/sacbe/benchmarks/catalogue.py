"""A catalogue of any size, made from the seed's services by numbering them."""

from typing import TypeVar

import msgspec

from sacbe_catalog.records import Catalogue, Channel, Cost, Evidence, Output, PublicService, Texts

Part = TypeVar("Part", Evidence, Cost, Channel, Output)


def enlarged(seed: Catalogue, services: int) -> Catalogue:
    """Give so many services: the seed's own first, then numbered copies of them."""
    copies = (
        _copy(seed.services[number % len(seed.services)], number) for number in range(len(seed.services), services)
    )
    return Catalogue(services=tuple(copies))


def _copy(service: PublicService, number: int) -> PublicService:
    """Give a copy that shares nothing that must be unique."""
    return msgspec.structs.replace(
        service,
        identifier=f"{service.identifier}-{number}",
        title=_numbered(service.title, number),
        requirements=tuple(
            msgspec.structs.replace(
                each,
                identifier=f"{each.identifier}-{number}",
                evidences=tuple(_renamed(evidence, number) for evidence in each.evidences),
            )
            for each in service.requirements
        ),
        inputs=tuple(_renamed(each, number) for each in service.inputs),
        costs=tuple(msgspec.structs.replace(_renamed(each, number), channel="") for each in service.costs),
        channels=tuple(_renamed(each, number) for each in service.channels),
        outputs=tuple(_renamed(each, number) for each in service.outputs),
        iri="",
    )


def _renamed(part: Part, number: int) -> Part:
    return msgspec.structs.replace(part, identifier=f"{part.identifier}-{number}")


def _numbered(texts: Texts, number: int) -> Texts:
    return {language: f"{text} {number}" for language, text in texts.items()}
