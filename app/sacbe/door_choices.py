"""What the operator chose for the GraphQL door: rates of callers, and trusted documents.

Made before the servers are forked: they count together in the memory that the rates hold, and the
file of documents is read once.
"""

from dataclasses import dataclass
from pathlib import Path

from sacbe.settings import ONLY_TRUSTED, Settings
from sacbe_graphql.persisted import PersistedDocuments, TrustedDocuments
from sacbe_graphql.rates import Rate, Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorChoices:
    """For all processes of a node."""

    rates: Rates
    persisted: PersistedDocuments


def chosen(settings: Settings) -> DoorChoices:
    """Give what the settings say; raises SettingUnsafe for a file of trusted documents that cannot be used."""
    file = settings.graphql_trusted_documents
    return DoorChoices(
        rates=_rates(settings),
        persisted=PersistedDocuments(
            TrustedDocuments.read(Path(file)) if file else None, only_trusted=settings.graphql_documents == ONLY_TRUSTED
        ),
    )


def _rates(settings: Settings) -> Rates:
    return Rates(
        known=_rate("rate of this client", settings.graphql_rate_clients, settings.graphql_rate_clients_burst),
        anonymous=_rate("rate of this address", settings.graphql_rate_anonymous, settings.graphql_rate_anonymous_burst),
    )


def _rate(name: str, per_second: int, burst: int) -> Rate | None:
    """Give a rate, or none where there is to be no limit; whoever may ask at all may ask one thing at once."""
    return Rate(name=name, per_second=per_second, burst=max(1, burst)) if per_second else None
