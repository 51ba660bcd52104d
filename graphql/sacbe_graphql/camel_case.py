"""Names of fields as the schema writes them: `processing_time` is `processingTime`."""


def of(name: str) -> str:
    """Give a snake_case name in lowerCamelCase."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
