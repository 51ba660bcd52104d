"""The datasets that the catalogue is published as: tables of plain values, each made of records of one kind.

Their names and columns are a promise to whoever downloads them: columns are added at the end and none is renamed.
Texts are in Spanish where a record has Spanish, else in its first language; lists in one cell are parted by `|`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sacbe_catalog.records import Event, Institution, LegalResource, PublicService, Texts

LIST_SEPARATOR: Final = "|"
"""Between the values of a list in one cell, as in the CSV that is imported."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column by the types of Table Schema 1.0: string, date, number, boolean, duration, year."""

    name: str
    type: str
    title: str
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A column that names rows of another dataset by their key; `column` may hold one only."""

    column: str
    dataset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A table: what it is called and is about, its columns, and the rows that one record of `kind` gives."""

    name: str
    kind: str
    title: Texts
    description: Texts
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    rows: Callable[[Any], Iterator[Row]]
    foreign_keys: tuple[ForeignKey, ...] = ()


def _text(texts: Mapping[str, str]) -> str:
    return texts.get("es") or next(iter(texts.values()), "")


def _list(values: Any) -> str:
    return LIST_SEPARATOR.join(str(value).replace(LIST_SEPARATOR, "/") for value in values)


def _services(one: PublicService) -> Iterator[Row]:
    yield (
        one.identifier,
        _text(one.title),
        _text(one.description),
        _list(one.institutions),
        _list(one.events),
        _list(one.audiences),
        _list(one.areas),
        _list(one.languages),
        _list(one.keywords.get("es", ())),
        one.processing_time or None,
        _text(one.processing_time_text),
        _list(one.legal_resources),
        _list(one.not_known),
        one.is_illustrative,
        one.confirmed_at or None,
        one.review_due or None,
    )


def _requirements(one: PublicService) -> Iterator[Row]:
    for position, each in enumerate(one.requirements, 1):
        evidences = _list(_text(evidence.title) for evidence in each.evidences)
        norms = _list(each.legal_resources)
        yield one.identifier, position, each.identifier, _text(each.title), _text(each.description), evidences, norms


def _costs(one: PublicService) -> Iterator[Row]:
    for position, each in enumerate(one.costs, 1):
        amount = float(each.amount) if each.amount else None
        yield one.identifier, position, each.identifier, amount, each.currency, _text(each.description), each.channel


def _channels(one: PublicService) -> Iterator[Row]:
    for position, each in enumerate(one.channels, 1):
        hours = _list(_text(some) for some in each.opening_hours)
        yield (
            one.identifier,
            position,
            each.identifier,
            each.kind,
            _text(each.title),
            _text(each.description),
            each.url,
            each.telephone,
            each.email,
            each.address,
            hours,
            each.processing_time or None,
        )


def _institutions(one: Institution) -> Iterator[Row]:
    yield (
        one.identifier,
        _text(one.title),
        one.acronym,
        one.kind,
        _text(one.description),
        one.parent,
        one.homepage,
        _list(one.addresses),
        _list(telephone for contact in one.contacts for telephone in contact.telephones),
        _list(email for contact in one.contacts for email in contact.emails),
    )


def _events(one: Event) -> Iterator[Row]:
    yield one.identifier, one.kind.value, _text(one.title), _text(one.description)


def _norms(one: LegalResource) -> Iterator[Row]:
    yield one.identifier, _text(one.title), one.url


_OF_SERVICE: Final = (Column("servicio", "string", "Servicio", True), Column("posicion", "integer", "Posición", True))
_TO_SERVICE: Final = (ForeignKey(column="servicio", dataset="servicios"),)

DATASETS: Final = (
    Dataset(
        name="servicios",
        kind="service",
        title={"es": "Servicios públicos", "en": "Public services"},
        description={
            "es": "Los servicios públicos que el catálogo muestra, uno por fila.",
            "en": "The public services that the catalogue shows, one a row.",
        },
        columns=(
            Column("identificador", "string", "Identificador", True),
            Column("nombre", "string", "Nombre", True),
            Column("descripcion", "string", "Descripción"),
            Column("instituciones", "string", "Instituciones responsables", True),
            Column("eventos", "string", "Eventos de vida y de negocios"),
            Column("publico", "string", "Para quién es"),
            Column("lugares", "string", "Lugares donde vale"),
            Column("idiomas", "string", "Idiomas en que se atiende"),
            Column("palabras_clave", "string", "Palabras clave"),
            Column("plazo", "duration", "Plazo (ISO 8601)"),
            Column("plazo_en_palabras", "string", "Plazo en palabras"),
            Column("base_legal", "string", "Base legal"),
            Column("no_se_sabe", "string", "Campos que la ficha declara desconocidos"),
            Column("es_ejemplo", "boolean", "Es un ejemplo y no información oficial", True),
            Column("confirmado", "date", "Última confirmación"),
            Column("revisar_antes_de", "date", "Fecha de la próxima revisión"),
        ),
        key=("identificador",),
        rows=_services,
    ),
    Dataset(
        name="requisitos",
        kind="service",
        title={"es": "Requisitos de los servicios", "en": "Requirements of the services"},
        description={
            "es": "Lo que cada servicio pide, con los papeles que lo demuestran y la norma que lo manda.",
            "en": "What each service asks for, with the papers that show it and the norm that demands it.",
        },
        columns=(
            *_OF_SERVICE,
            Column("identificador", "string", "Identificador", True),
            Column("nombre", "string", "Nombre", True),
            Column("descripcion", "string", "Descripción"),
            Column("papeles", "string", "Papeles que lo demuestran"),
            Column("base_legal", "string", "Base legal"),
        ),
        key=("servicio", "posicion"),
        rows=_requirements,
        foreign_keys=_TO_SERVICE,
    ),
    Dataset(
        name="costos",
        kind="service",
        title={"es": "Costos de los servicios", "en": "Costs of the services"},
        description={"es": "Lo que cuesta cada servicio.", "en": "What each service costs."},
        columns=(
            *_OF_SERVICE,
            Column("identificador", "string", "Identificador", True),
            Column("monto", "number", "Monto; vacío si solo la descripción lo dice"),
            Column("moneda", "string", "Moneda (ISO 4217)"),
            Column("descripcion", "string", "Descripción"),
            Column("canal", "string", "Solo por este canal"),
        ),
        key=("servicio", "posicion"),
        rows=_costs,
        foreign_keys=_TO_SERVICE,
    ),
    Dataset(
        name="canales",
        kind="service",
        title={"es": "Canales de los servicios", "en": "Channels of the services"},
        description={
            "es": "Dónde y cómo se pide cada servicio.",
            "en": "Where and how each service is asked for.",
        },
        columns=(
            *_OF_SERVICE,
            Column("identificador", "string", "Identificador", True),
            Column("tipo", "string", "Tipo"),
            Column("nombre", "string", "Nombre"),
            Column("descripcion", "string", "Descripción"),
            Column("direccion_web", "string", "Dirección web"),
            Column("telefono", "string", "Teléfono"),
            Column("correo", "string", "Correo electrónico"),
            Column("direccion", "string", "Dirección"),
            Column("horario", "string", "Horario"),
            Column("plazo", "duration", "Plazo por este canal (ISO 8601)"),
        ),
        key=("servicio", "posicion"),
        rows=_channels,
        foreign_keys=_TO_SERVICE,
    ),
    Dataset(
        name="instituciones",
        kind="institution",
        title={"es": "Instituciones", "en": "Institutions"},
        description={
            "es": "Las instituciones del catálogo y cómo comunicarse con ellas.",
            "en": "The institutions of the catalogue and how to reach them.",
        },
        columns=(
            Column("identificador", "string", "Identificador", True),
            Column("nombre", "string", "Nombre", True),
            Column("siglas", "string", "Siglas"),
            Column("tipo", "string", "Tipo"),
            Column("descripcion", "string", "Descripción"),
            Column("depende_de", "string", "Institución de la que depende"),
            Column("direccion_web", "string", "Dirección web"),
            Column("direcciones", "string", "Direcciones"),
            Column("telefonos", "string", "Teléfonos"),
            Column("correos", "string", "Correos electrónicos"),
        ),
        key=("identificador",),
        rows=_institutions,
    ),
    Dataset(
        name="eventos",
        kind="event",
        title={"es": "Eventos de vida y de negocios", "en": "Life and business events"},
        description={
            "es": "Las situaciones por las que se agrupan los servicios.",
            "en": "The situations that services are grouped by.",
        },
        columns=(
            Column("identificador", "string", "Identificador", True),
            Column("tipo", "string", "Tipo", True),
            Column("nombre", "string", "Nombre", True),
            Column("descripcion", "string", "Descripción"),
        ),
        key=("identificador",),
        rows=_events,
    ),
    Dataset(
        name="normas",
        kind="legal_resource",
        title={"es": "Normas", "en": "Norms"},
        description={
            "es": "Las leyes y acuerdos que los servicios y sus requisitos citan.",
            "en": "The laws and agreements that services and their requirements cite.",
        },
        columns=(
            Column("identificador", "string", "Identificador", True),
            Column("nombre", "string", "Nombre", True),
            Column("direccion_web", "string", "Dirección web"),
        ),
        key=("identificador",),
        rows=_norms,
    ),
)
"""Every dataset; of those of one kind the rows come from the same records."""

BY_NAME: Final = {dataset.name: dataset for dataset in DATASETS}
"""Datasets by name."""

KINDS: Final = tuple(dict.fromkeys(dataset.kind for dataset in DATASETS))
"""The kinds of records that datasets are made of."""
