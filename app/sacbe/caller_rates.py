"""The rates of the GraphQL door, as the operator set them."""

from sacbe.settings import Settings
from sacbe_graphql.rates import Rate, Rates
from sacbe_graphql.shared_times import SharedTimes


def rates(settings: Settings, times: SharedTimes) -> Rates:
    """Give the rates of a node, counted where all its processes count."""
    return Rates(
        known=_rate("rate of this client", settings.graphql_rate_clients, settings.graphql_rate_clients_burst),
        anonymous=_rate("rate of this address", settings.graphql_rate_anonymous, settings.graphql_rate_anonymous_burst),
        times=times,
    )


def _rate(name: str, per_second: int, burst: int) -> Rate | None:
    """Give a rate, or none where there is to be no limit; whoever may ask at all may ask one thing at once."""
    return Rate(name=name, per_second=per_second, burst=max(1, burst)) if per_second else None
