"""The explorer's templates: everything that is put into them is escaped, and a missing name is an error."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

TEMPLATES = Environment(
    loader=PackageLoader("sacbe_graphql.explorer", ""),
    autoescape=select_autoescape(["jinja"]),
    undefined=StrictUndefined,
)
