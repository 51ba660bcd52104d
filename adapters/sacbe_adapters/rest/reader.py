"""What the reading process does with an OpenAPI document."""

from sacbe_adapters.describing.worker import Fetch
from sacbe_adapters.rest.describe import describe
from sacbe_terms.descriptions import Description


def read(location: str, fetch: Fetch) -> Description:
    """Give what an OpenAPI document offers; raises DescriptionNotReadable, NothingUsable."""
    return describe(fetch(location, ""), location, fetch)
