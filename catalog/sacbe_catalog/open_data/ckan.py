"""CKAN's read actions, as harvesters use them (CKAN 2.11, Action API version 3): datasets as packages.

Purely from what is published; envelopes and refusals have CKAN's own shapes. A page that does not exist is empty,
which is how a harvester knows the end.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sacbe_catalog.folding import fold
from sacbe_catalog.open_data.datasets import DATASETS, Dataset
from sacbe_catalog.open_data.dcat import Publication

VERSION: Final = "2.11"
"""Whose shapes these are."""

ROWS: Final = 10
"""Packages of a page where the question names no number."""

ROWS_MAX: Final = 1_000
"""A greater wish is served with this many."""

ORGANIZATION: Final = "catalogo-nacional"
"""The one organisation: who publishes the catalogue."""

_SINCE: Final = re.compile(r"\+?metadata_modified:\[(\S+) TO \*\]")
_OF_ORGANIZATION: Final = re.compile(r"\+?organization:\"?([\w-]+)\"?")

Parameters = Mapping[str, str]
Found = dict[str, Any]


class ActionRefused(Exception):
    """An action with parameters that it cannot be done with; `kind` is CKAN's `__type`."""

    def __init__(self, kind: str, message: str, status: int) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.status = status


def answer(publication: Publication, action: str, parameters: Parameters) -> Any:
    """Give the result of an action; raises ActionRefused."""
    known = _ACTIONS.get(action)
    if known is None:
        raise ActionRefused("Not Found Error", f"Action name not known: {action}", 404)
    return known(publication, parameters)


def envelope(address: str, action: str, result: Any) -> Found:
    """Wrap a result as CKAN does."""
    return {"help": _help(address, action), "success": True, "result": result}


def refusal(address: str, action: str, refused: ActionRefused) -> Found:
    """Wrap a refusal as CKAN does."""
    error = {"__type": refused.kind, "message": refused.message}
    return {"help": _help(address, action), "success": False, "error": error}


def _help(address: str, action: str) -> str:
    return f"{address}/api/3/action/help_show?name={action}"


def _status_show(publication: Publication, _: Parameters) -> Found:
    return {
        "ckan_version": VERSION,
        "site_title": publication.title.get("es", ""),
        "site_description": publication.description.get("es", ""),
        "site_url": publication.address,
        "locale_default": "es",
        "extensions": [],
    }


def _package_list(_: Publication, parameters: Parameters) -> list[str]:
    names = sorted(dataset.name for dataset in DATASETS)
    start = _number(parameters, "offset", 0)
    return names[start : start + _number(parameters, "limit", len(names))]


def _package_show(publication: Publication, parameters: Parameters) -> Found:
    wanted = _required(parameters, "id")
    for dataset in DATASETS:
        if wanted == dataset.name:
            return _package(publication, dataset)
    raise ActionRefused("Not Found Error", "Not found", 404)


def _package_search(publication: Publication, parameters: Parameters) -> Found:
    found = [one for one in sorted(DATASETS, key=lambda one: one.name) if _is_meant(publication, one, parameters)]
    start, rows = _number(parameters, "start", 0), min(_number(parameters, "rows", ROWS), ROWS_MAX)
    return {
        "count": len(found),
        "results": [_package(publication, one) for one in found[start : start + rows]],
        "sort": "name asc",
        "facets": {},
        "search_facets": {},
    }


def _is_meant(publication: Publication, dataset: Dataset, parameters: Parameters) -> bool:
    words = fold(parameters.get("q", "").replace("*:*", "")).split()
    text = fold(" ".join((dataset.name, *dataset.title.values(), *dataset.description.values())))
    return all(word in text for word in words) and _fits(publication, parameters.get("fq", ""))


def _fits(publication: Publication, filters: str) -> bool:
    """Say whether what all datasets share fits a filter query of Solr's: their organisation, and when they changed."""
    organization, since = _OF_ORGANIZATION.search(filters), _SINCE.search(filters)
    if organization and organization[1] != ORGANIZATION:
        return False
    return since is None or _moment(since[1]) <= _moment(_modified(publication))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ActionRefused("Search Query Error", f"Invalid date: {text[:40]}", 409) from None
    return moment.replace(tzinfo=None)


def _modified(publication: Publication) -> str:
    return _without_zone(publication.package.created) if publication.package else "1970-01-01T00:00:00"


def _without_zone(moment: str) -> str:
    return datetime.fromisoformat(moment).replace(tzinfo=None).isoformat()


def _package(publication: Publication, dataset: Dataset) -> Found:
    resources = [_resource(publication, dataset, position) for position in _positions(publication, dataset)]
    return {
        "id": dataset.name,
        "name": dataset.name,
        "title": dataset.title["es"],
        "notes": dataset.description["es"],
        "type": "dataset",
        "state": "active",
        "private": False,
        "isopen": bool(publication.license),
        "license_id": "other-open" if publication.license else "notspecified",
        "license_title": publication.license,
        "license_url": publication.license,
        "url": f"{publication.address}/conjunto/{dataset.name}",
        "owner_org": ORGANIZATION,
        "organization": _organization(publication),
        "metadata_created": _modified(publication),
        "metadata_modified": _modified(publication),
        "num_resources": len(resources),
        "num_tags": 1,
        "tags": [{"name": "servicios-publicos", "display_name": "servicios-publicos", "state": "active"}],
        "groups": [],
        "extras": [
            {"key": "frequency", "value": "DAILY"},
            {"key": "language", "value": "es"},
            {"key": "title_en", "value": dataset.title["en"]},
        ],
        "resources": resources,
    }


def _positions(publication: Publication, dataset: Dataset) -> list[int]:
    every = publication.package.resources if publication.package else ()
    return [at for at, one in enumerate(every) if one.path == f"{dataset.name}.{one.format}"]


def _resource(publication: Publication, dataset: Dataset, position: int) -> Found:
    assert publication.package is not None
    one = publication.package.resources[position]
    return {
        "id": one.name,
        "package_id": dataset.name,
        "name": one.path,
        "description": dataset.description["es"],
        "url": f"{publication.address}/download/{one.path}",
        "format": one.format.upper(),
        "mimetype": one.mediatype,
        "size": one.bytes,
        "hash": one.hash,
        "created": _modified(publication),
        "last_modified": _modified(publication),
        "state": "active",
        "position": position,
    }


def _organization(publication: Publication) -> Found:
    return {
        "id": ORGANIZATION,
        "name": ORGANIZATION,
        "title": publication.publisher_names.get("es", ORGANIZATION),
        "type": "organization",
        "description": publication.description.get("es", ""),
        "state": "active",
        "is_organization": True,
    }


def _organization_list(publication: Publication, parameters: Parameters) -> list[Any]:
    is_whole = parameters.get("all_fields", "").lower() in ("true", "1")
    return [_organization(publication) | {"package_count": len(DATASETS)}] if is_whole else [ORGANIZATION]


def _organization_show(publication: Publication, parameters: Parameters) -> Found:
    if _required(parameters, "id") != ORGANIZATION:
        raise ActionRefused("Not Found Error", "Not found", 404)
    return _organization(publication) | {"package_count": len(DATASETS)}


def _group_list(_: Publication, __: Parameters) -> list[Any]:
    return []


def _group_show(_: Publication, parameters: Parameters) -> Found:
    _required(parameters, "id")
    raise ActionRefused("Not Found Error", "Not found", 404)


def _required(parameters: Parameters, name: str) -> str:
    if not parameters.get(name):
        raise ActionRefused("Validation Error", f"{name}: Missing value", 409)
    return parameters[name]


def _number(parameters: Parameters, name: str, unsaid: int) -> int:
    text = parameters.get(name) or str(unsaid)
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ActionRefused("Validation Error", f"{name}: Must be a natural number", 409)
    return int(text)


_ACTIONS: Final = {
    "status_show": _status_show,
    "package_list": _package_list,
    "package_show": _package_show,
    "package_search": _package_search,
    "organization_list": _organization_list,
    "organization_show": _organization_show,
    "group_list": _group_list,
    "group_show": _group_show,
}
