"""The explorer's own words, Spanish first."""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Explorador", "Explorer"),
    "lead": (
        "Escriba una consulta GraphQL, ejecútela y lea la respuesta. El catálogo está abierto a todos; los sistemas "
        "de las instituciones piden un token.",
        "Write a GraphQL query, run it and read the answer. The catalogue is open to everyone; the institutions' "
        "systems ask for a token.",
    ),
    "no_script": (
        "Esta página necesita JavaScript. Sin él, puede consultar desde una terminal:",
        "This page needs JavaScript. Without it, you can ask from a terminal:",
    ),
    "address": ("http://localhost:8080", "http://localhost:8080"),
    "skip": ("Ir a la consulta", "Skip to the query"),
    "pages": ("Páginas", "Pages"),
    "other_language": ("English", "Español"),
    "example": ("Ejemplo", "Example"),
    "run": ("Ejecutar", "Run"),
    "tidy": ("Ordenar", "Tidy"),
    "shortcut": ("Ctrl + Enter ejecuta", "Ctrl + Enter runs"),
    "query": ("Consulta", "Query"),
    "variables": ("Variables (JSON)", "Variables (JSON)"),
    "headers": ("Quién pregunta (encabezados)", "Who asks (headers)"),
    "headers_hint": (
        "Quedan solo en esta página y se borran al cerrarla.",
        "They stay on this page alone and are gone when it is closed.",
    ),
    "answer": ("Respuesta", "Answer"),
    "waiting": ("Todavía no hay respuesta.", "There is no answer yet."),
    "schema": ("Esquema: qué se puede consultar", "Schema: what can be asked"),
    "find": ("Buscar tipo o campo", "Find a type or field"),
    "trail": ("Tipos de entrada", "Entry types"),
}
"""Words of the page, by the name that its template gives them."""

SPOKEN: Mapping[str, tuple[str, str]] = {
    "asking": ("Consultando…", "Asking…"),
    "unreachable": ("No se pudo consultar", "It could not be asked"),
    "variables": ("Las variables no son JSON", "The variables are not JSON"),
    "messages": ("mensajes", "messages"),
    "line": ("línea", "line"),
    "unclosed": ("Falta cerrar", "Not closed:"),
    "unexpected": ("Sobra o no corresponde", "Does not belong:"),
    "nothing": ("Nada con ese nombre.", "Nothing of that name."),
}
"""Words that the script says."""

HEADERS = (
    {
        "id": "token",
        "name": "Authorization",
        "type": "password",
        "hint": {"es": "El token del sistema que pregunta.", "en": "The token of the system that asks."},
    },
    {
        "id": "purpose",
        "name": "Sacbe-Purpose",
        "type": "text",
        "hint": {"es": "El convenio que da el derecho.", "en": "The agreement that gives the right."},
    },
    {
        "id": "user",
        "name": "X-Road-UserId",
        "type": "text",
        "hint": {"es": "La persona que pregunta.", "en": "The person who asks."},
    },
    {
        "id": "issue",
        "name": "X-Road-Issue",
        "type": "text",
        "hint": {"es": "El expediente por el que pregunta.", "en": "The case behind the request."},
    },
)
"""Headers that can be given with a query."""


def in_language(words: Mapping[str, tuple[str, str]], language: str) -> dict[str, str]:
    """Give words in `es` or `en`."""
    return {name: pair[0 if language == "es" else 1] for name, pair in words.items()}
