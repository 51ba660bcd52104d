"""The rows of the table: what is asked of Sacbé, and the same of the naive baseline."""

from dataclasses import dataclass

from sacbe.benchmarks.answers import CUI, LISTED

SERVICE_FIELDS = "identifier iri title description status processingTime processingTimeText keywords"
"""The eight fields of the catalogue's rows."""

PERSON_FIELDS = "cui nombres apellidos fechaNacimiento"
LICENCE_FIELDS = "numero tipo vence puntos"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement: a query to Sacbé, one to the baseline, and a text that a right answer holds."""

    name: str
    query: str
    baseline: str
    expect: str
    connections: int = 16
    needs_token: bool = True


_ONE_PERSON = f'renap {{ consultarPersona(cui: "{CUI}") {{ {PERSON_FIELDS} }} }}'
_ONE_LICENCE = f'transito {{ consultarLicencia(cui: "{CUI}") {{ {LICENCE_FIELDS} }} }}'
_BASE_PERSON = f'person(cui: "{CUI}") {{ {PERSON_FIELDS} }}'
_BASE_LICENCE = f'licence(cui: "{CUI}") {{ {LICENCE_FIELDS} }}'
ONE_PERSON_QUERY = f"{{ exchange {{ {_ONE_PERSON} }} }}"
"""One record of one ministry."""
_LICENCE = f"{{ exchange {{ {_ONE_LICENCE} }} }}"
_PEOPLE = f"{{ exchange {{ renap {{ listarPersonas(limite: {LISTED}) {{ {PERSON_FIELDS} }} }} }} }}"
_LICENCES = f"{{ exchange {{ transito {{ listarLicencias(limite: {LISTED}) {{ {LICENCE_FIELDS} }} }} }} }}"
JOINED_QUERY = f"{{ exchange {{ {_ONE_PERSON} {_ONE_LICENCE} }} }}"
"""Two ministries in one answer."""
_JOIN = (
    f"{{ exchange {{ renap {{ listarPersonas(limite: {LISTED}) {{ nombres licencia {{ {LICENCE_FIELDS} }} }} }} }} }}"
)
"""A hundred different persons, each with her licence by a link: 101 calls. The baseline survives one at a time."""
_WORDS = 'query: "renovar licencia de conducir"'

ROWS = (
    Row(name="{ __typename }", query="{ __typename }", baseline="{ __typename }", expect="Query", needs_token=False),
    Row(name="SOAP record", query=ONE_PERSON_QUERY, baseline=f"{{ {_BASE_PERSON} }}", expect=CUI),
    Row(
        name="SOAP record, 64 connections",
        query=ONE_PERSON_QUERY,
        baseline=f"{{ {_BASE_PERSON} }}",
        expect=CUI,
        connections=64,
    ),
    Row(name="SOAP list of 100", query=_PEOPLE, baseline=f"{{ people {{ {PERSON_FIELDS} }} }}", expect=CUI),
    Row(name="REST record", query=_LICENCE, baseline=f"{{ {_BASE_LICENCE} }}", expect="numero"),
    Row(
        name="REST record, 64 connections",
        query=_LICENCE,
        baseline=f"{{ {_BASE_LICENCE} }}",
        expect="numero",
        connections=64,
    ),
    Row(name="REST list of 100", query=_LICENCES, baseline=f"{{ licences {{ {LICENCE_FIELDS} }} }}", expect="numero"),
    Row(
        name="SOAP and REST in one query",
        query=JOINED_QUERY,
        baseline=f"{{ {_BASE_PERSON} {_BASE_LICENCE} }}",
        expect="numero",
    ),
    Row(
        name="join over 100 records",
        query=_JOIN,
        baseline=f"{{ drivers {{ nombres licencia {{ {LICENCE_FIELDS} }} }} }}",
        expect="numero",
        connections=1,
    ),
    Row(
        name="catalogue list by filter, 20 x 8 fields",
        query=f'{{ services(first: 20, filter: {{institutions: ["renap"]}}) {{ nodes {{ {SERVICE_FIELDS} }} }} }}',
        baseline=f'{{ services(first: 20, institution: "renap") {{ {SERVICE_FIELDS} }} }}',
        expect="identifier",
        needs_token=False,
    ),
    Row(
        name="catalogue search, 20 x 8 fields",
        query=f"{{ services(first: 20, {_WORDS}) {{ nodes {{ {SERVICE_FIELDS} }} }} }}",
        baseline=f"{{ services(first: 20, {_WORDS}) {{ {SERVICE_FIELDS} }} }}",
        expect="identifier",
        needs_token=False,
    ),
)
