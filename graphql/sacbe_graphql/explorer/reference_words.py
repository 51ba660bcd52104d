"""The words of the pages that show the schema, Spanish first."""

from collections.abc import Mapping

WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("Esquema", "Schema"),
    "lead": (
        "Todo lo que se puede consultar ahora mismo, con sus tipos. Esta página se hace del esquema en vigor y no "
        "necesita JavaScript.",
        "All that can be asked right now, with its types. This page is made from the schema in force and needs no "
        "JavaScript.",
    ),
    "skip": ("Ir al contenido", "Skip to the content"),
    "pages": ("Páginas", "Pages"),
    "explorer": ("Explorador", "Explorer"),
    "other_language": ("English", "Español"),
    "contents": ("Contenido", "Contents"),
    "providers": ("Proveedores", "Providers"),
    "no_providers": ("Todavía nadie ofrece operaciones.", "Nobody offers operations yet."),
    "operations": ("operaciones", "operations"),
    "types": ("Tipos", "Types"),
    "reads": ("Consultas", "Reads"),
    "changes": ("Cambios", "Changes"),
    "arguments": ("Argumentos", "Arguments"),
    "deprecated": ("En desuso.", "Deprecated."),
    "personal": ("datos personales", "personal data"),
    "up": ("Esquema", "Schema"),
    "preceding": ("← Anteriores", "← Preceding"),
    "following": ("Siguientes →", "Following →"),
}
"""Words by the name that the templates give them."""
