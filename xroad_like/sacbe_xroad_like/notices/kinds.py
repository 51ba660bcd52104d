"""Kinds of notices, as data: what each says in every language.

A new kind (of drift, of a confirmation that is due) is a new entry here, and one `outbox.tell` in the
transaction where the thing happens. Words in braces are the notice's facts; `consumer` and `provider` are said
as their members' titles, days in the language's way, and `explorer` is where mutations are sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LANGUAGES: Final = ("es", "en")
"""Languages of notices; the first is what a recipient gets who chose none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a kind says in one language: its subject, what happened, what to do."""

    subject: str
    happened: str
    to_do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of notice."""

    name: str
    es: Words
    en: Words

    def words(self, language: str) -> Words:
        """Give what it says in one of LANGUAGES."""
        return self.en if language == "en" else self.es


ACCESS_REQUESTED = Kind(
    name="access-requested",
    es=Words(
        subject="{consumer} pide acceso a sus datos (solicitud {agreement})",
        happened="{consumer} pidió acceso a {service}. No recibe nada mientras su institución no decida.",
        to_do="Lea para qué lo pide y decida: approveAccess o refuseAccess, con el número {agreement}, en {explorer}",
    ),
    en=Words(
        subject="{consumer} asks for access to your data (request {agreement})",
        happened="{consumer} asked for access to {service}. It gets nothing until your institution decides.",
        to_do="Read what it is for and decide: approveAccess or refuseAccess, with number {agreement}, at {explorer}",
    ),
)

ACCESS_APPROVED = Kind(
    name="access-approved",
    es=Words(
        subject="{provider} le dio acceso (convenio {agreement})",
        happened="{provider} dio a {consumer} acceso a {service}. Puede consultar desde ya.",
        to_do="Lea en el convenio {agreement} para qué se dio, hasta cuándo y cuántas consultas por día permite.",
    ),
    en=Words(
        subject="{provider} gave you access (agreement {agreement})",
        happened="{provider} gave {consumer} access to {service}. You may call from now on.",
        to_do="Read in agreement {agreement} what it was given for, until when, and how many calls a day it allows.",
    ),
)

ACCESS_REFUSED = Kind(
    name="access-refused",
    es=Words(
        subject="{provider} rechazó su solicitud {agreement}",
        happened="{provider} no dio a {consumer} acceso a {service}.",
        to_do="La razón está en la solicitud {agreement}. Puede presentar otra.",
    ),
    en=Words(
        subject="{provider} refused your request {agreement}",
        happened="{provider} did not give {consumer} access to {service}.",
        to_do="The reason is in request {agreement}. You may ask again.",
    ),
)

ACCESS_REVOKED = Kind(
    name="access-revoked",
    es=Words(
        subject="{provider} retiró su acceso (convenio {agreement})",
        happened="{provider} retiró a {consumer} el acceso a {service}. Sus consultas ya no se responden.",
        to_do="Si lo sigue necesitando, hable con {provider} y presente otra solicitud.",
    ),
    en=Words(
        subject="{provider} took your access back (agreement {agreement})",
        happened="{provider} took {consumer}'s access to {service} back. Its calls are no longer answered.",
        to_do="If you still need it, speak with {provider} and ask again.",
    ),
)

ACCESS_EXPIRING = Kind(
    name="access-expiring",
    es=Words(
        subject="El convenio {agreement} vence el {day}",
        happened="El acceso de {consumer} a {service}, de {provider}, vale hasta el {day}, con ese día (hora UTC).",
        to_do="Si lo seguirá necesitando, presente ya otra solicitud: requestAccess en {explorer}",
    ),
    en=Words(
        subject="Agreement {agreement} ends on {day}",
        happened="{consumer}'s access to {service} of {provider} holds until {day}, that day included (UTC).",
        to_do="If you will still need it, ask again now: requestAccess at {explorer}",
    ),
)

UNUSUAL_VOLUME = Kind(
    name="unusual-volume",
    es=Words(
        subject="Consultas fuera de lo común a sus datos el {day}",
        happened="El {day}, personas de {consumer} ({officials}) hicieron a {service} muchas más consultas de lo "
        "usual. Es una señal, no una acusación.",
        to_do="Pida a quien opera el nodo ver quiénes y cuántas («sacbe records unusual»), y pregunte a {consumer}.",
    ),
    en=Words(
        subject="Unusual volumes of calls to your data on {day}",
        happened="On {day}, people of {consumer} ({officials}) called {service} far more often than is usual. "
        "This is a hint, no verdict.",
        to_do="Have the node's operator show you who and how often (“sacbe records unusual”), and ask {consumer}.",
    ),
)

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        ACCESS_REQUESTED,
        ACCESS_APPROVED,
        ACCESS_REFUSED,
        ACCESS_REVOKED,
        ACCESS_EXPIRING,
        UNUSUAL_VOLUME,
    )
}
"""Every kind by its name."""
