"""Names for GraphQL, made from whatever a ministry's document calls its things.

Every adapter names by these rules, so that one word on the wire gives one name
in the schema whichever protocol carried it. The rules are pure and stable: the
same input gives the same name in every release, or consumers' queries break.
A name is always valid in GraphQL (October 2021, section 2.1.9), never begins
with the reserved `__`, and naming a name again changes nothing.
"""

import re
import unicodedata
from collections.abc import Iterable

NAMELESS = "unnamed"
"""What an empty wire name becomes."""

_READING = """
    get list read find search query fetch check verify validate lookup look show view count retrieve
    describe download calculate compute is has exists browse inquire inquiry enquire echo ping who
    consultar consulta consulte obtener obtiene obten buscar busca listar lista leer lee ver mostrar muestra
    verificar verifica validar valida comprobar comprueba contar recuperar recupera traer descargar
    calcular calcula existe es tiene encontrar encuentra localizar
    obter obtem pesquisar pesquisa ler exibir procurar procura baixar tem
"""

READING_VERBS = frozenset(_READING.split())
"""Verbs of Spanish, Portuguese and English that only ask, without accents."""

_CHANGING = """
    create add insert update modify delete remove cancel register submit send save store upload pay approve reject
    crear agregar insertar actualizar modificar eliminar borrar cancelar anular registrar enviar guardar pagar
    aprobar rechazar inscribir
    criar adicionar inserir atualizar alterar excluir apagar salvar aprovar rejeitar inscrever
"""

CHANGING_VERBS = frozenset(_CHANGING.split())
"""Verbs that change something whatever the HTTP method says, without accents."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""RFC 9110, section 9.2.1."""

_LETTERS_OF_OTHER_ALPHABETS = re.compile(r"[^\x00-\x7f]")
_BETWEEN_SEGMENTS = re.compile(r"(?:(?!(?<=\d)_(?=\d))[^A-Za-z0-9])+")
# All but letters and digits; yet the underscore that stands between digits belongs to the name.
_LEADING_SIGN = re.compile(r"^\s*([+-])(?=\d)")
_LEADING_CAPITALS = re.compile(r"^(?:[A-Z]+(?=[A-Z][a-z])|[A-Z]+(?![a-z])|[A-Z])")
_BETWEEN_CAMEL_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])")
_BETWEEN_DIGITS = re.compile(r"(?<=\d) (?=\d)")
_SIGNS = {"+": "plus ", "-": "minus "}
_PREFIXES_OF_RUN_TOGETHER_NAMES = ("get", *(verb for verb in sorted(READING_VERBS) if len(verb) >= 5))


def field_name(wire_name: str) -> str:
    """Give the lowerCamelCase name: `FECHA_NACIMIENTO` -> `fechaNacimiento`, `1er apellido` -> `_1erApellido`."""
    first, *others = _segments(wire_name)
    return _joined([_LEADING_CAPITALS.sub(lambda run: run[0].lower(), first), *map(_capitalised, others)])


def type_name(wire_name: str) -> str:
    """Give the UpperCamelCase name: `persona_natural` and `PERSONA_NATURAL` -> `PersonaNatural`, `DPI` -> `DPI`."""
    first, *others = _segments(wire_name)
    return _joined([_capitalised(first) if others else first[0].upper() + first[1:], *map(_capitalised, others)])


def enumeration_name(wire_value: str) -> str:
    """Give an enumeration value's name: `en espera`, `enEspera` and `EN_ESPERA` -> `EN_ESPERA`, `true` -> `TRUE`."""
    words = [word for segment in _segments(wire_value) for word in _BETWEEN_CAMEL_WORDS.split(segment)]
    return _begun_well("_".join(words).upper())


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Give each name a different form, in order: the first keeps its name, later ones get a number.

    A number never takes a name that the list itself holds: `a, a, a2` -> `a, a3, a2`.
    """
    wanted = tuple(names)
    taken: set[str] = set(wanted)
    given: list[str] = []
    seen: set[str] = set()
    last: dict[str, int] = {}
    for name in wanted:
        fresh = name if name not in seen else _numbered(name, taken, last)
        seen.add(name)
        taken.add(fresh)
        given.append(fresh)
    return tuple(given)


def reads(operation_name: str, *, method: str | None = None) -> bool:
    """Guess whether an operation only reads; the steward has the last word.

    Without a method (SOAP) or with POST, an operation reads only if its name begins with a
    reading verb. A safe method reads unless the name begins with a changing verb; other
    methods never read.
    """
    verb = _segments(operation_name)[0]
    verb = _BETWEEN_CAMEL_WORDS.split(verb)[0].lower()
    if method is not None and method.upper() in SAFE_METHODS:
        return verb not in CHANGING_VERBS
    if method is not None and method.upper() != "POST":
        return False
    return verb in READING_VERBS or verb.startswith(_PREFIXES_OF_RUN_TOGETHER_NAMES)


def _segments(text: str) -> list[str]:
    """Split at what is neither letter nor digit, after writing it in plain ASCII."""
    signed = _LEADING_SIGN.sub(lambda sign: _SIGNS[sign[1]], text)
    plain = _spaced(_LETTERS_OF_OTHER_ALPHABETS.sub(_latin, unicodedata.normalize("NFKD", signed)))
    if not plain:
        plain = _spaced(" ".join(unicodedata.name(character, f"u{ord(character):04x}").lower() for character in text))
    return plain.split() or [NAMELESS]


def _spaced(text: str) -> str:
    return _BETWEEN_SEGMENTS.sub(" ", text).strip()


def _latin(character: re.Match[str]) -> str:
    """Write a letter of another alphabet by its Unicode name's last word (`ж` -> `zhe`); accents vanish."""
    if unicodedata.combining(character[0]):
        return ""
    if not character[0].isalnum():
        return " "
    return unicodedata.name(character[0], f"u{ord(character[0]):04x}").rsplit(" ", 1)[-1].lower()


def _capitalised(segment: str) -> str:
    if segment.isupper():
        return segment.capitalize()
    return segment[0].upper() + segment[1:]


def _joined(words: list[str]) -> str:
    """Write words together; an underscore stays between digits, or `1.2` and `12` would be one."""
    return _begun_well(_BETWEEN_DIGITS.sub("_", " ".join(words)).replace(" ", ""))


def _begun_well(name: str) -> str:
    return f"_{name}" if name[0].isdigit() else name


def _numbered(name: str, taken: set[str], last: dict[str, int]) -> str:
    stem = f"{name}_" if name[-1:].isdigit() else name
    number = last.get(name, 1) + 1
    while f"{stem}{number}" in taken:
        number += 1
    last[name] = number
    return f"{stem}{number}"
