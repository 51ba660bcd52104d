"""What a steward should mend in a record: completeness, plain Spanish, and what Decreto 5-2021 forbids to ask.

Pure: a record's Spanish view in, findings out. Each rule says why it matters and how to repair it, in Spanish
first. Rules about the law follow Decreto 5-2021 (Ley para la Simplificación de Requisitos y Trámites
Administrativos), articles 5 and 6; they find what looks forbidden, and a person decides.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import msgspec

from sacbe_catalog import folding
from sacbe_catalog import plain_language as plain
from sacbe_catalog.quality import is_placeholder
from sacbe_catalog.records import Texts
from sacbe_catalog.views import ChannelView, PublicServiceView

EXCERPT_CHARACTERS_MAX: Final = 120
"""Of what was found, as it is shown."""

FINDINGS_MAX: Final = 40
"""Of one record: a record with more wants writing anew."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fault: its rule, where it stands, and an excerpt or, for a part, its title."""

    rule: str
    field: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Why something is a fault and what to do about it, by language."""

    reason: Texts
    repair: Texts
    found: Callable[[PublicServiceView], Iterator[tuple[str, str]]]
    """Gives the field and the excerpt of each fault."""


def findings(service: PublicServiceView) -> tuple[Finding, ...]:
    """Give every fault of a record, in the order of the rules."""
    found = (
        Finding(rule=name, field=field, excerpt=excerpt[:EXCERPT_CHARACTERS_MAX])
        for name, rule in RULES.items()
        for field, excerpt in rule.found(service)
    )
    return tuple(one for _, one in zip(range(FINDINGS_MAX), found, strict=False))


# What is missing ----------------------------------------------------------------------------


def _absent(field: str) -> Callable[[PublicServiceView], Iterator[tuple[str, str]]]:
    def found(service: PublicServiceView) -> Iterator[tuple[str, str]]:
        if not getattr(service, field) or field in service.not_known:
            yield field, ""

    return found


def _no_time(service: PublicServiceView) -> Iterator[tuple[str, str]]:
    if "processing_time" in service.not_known or not (service.processing_time or service.processing_time_text):
        yield "processing_time", ""


def _no_description(service: PublicServiceView) -> Iterator[tuple[str, str]]:
    if is_placeholder(service.description):
        yield "description", ""


def _placeholders(service: PublicServiceView) -> Iterator[tuple[str, str]]:
    yield from ((field, text) for field, text in _texts(service) if text and is_placeholder(text))


def _requirement_without_norm(service: PublicServiceView) -> Iterator[tuple[str, str]]:
    yield from (("requirements", one.title) for one in service.requirements if not one.legal_resources)


def _unreachable_channel(service: PublicServiceView) -> Iterator[tuple[str, str]]:
    yield from (("channels", one.title or one.kind) for one in service.channels if not _can_be_reached(one))


def _can_be_reached(channel: ChannelView) -> bool:
    if channel.kind == "phone":
        return bool(channel.telephone)
    if channel.kind == "online":
        return bool(channel.url)
    return bool(channel.address or channel.url or channel.telephone or channel.email or channel.title)


def _cost_without_currency(service: PublicServiceView) -> Iterator[tuple[str, str]]:
    yield from (("costs", one.amount) for one in service.costs if one.amount and not one.currency)


# What is forbidden to ask ---------------------------------------------------------------------

_FORBIDDEN: Final = {
    "declaracion jurada": re.compile(r"declaracion(es)? jurada"),
    "denuncia de robo o extravío": re.compile(r"denuncia (del?|por|de la|de su)? ?(robo|perdida|extravio|hurto)"),
    "firma autenticada": re.compile(
        r"(firma|documento|copia|fotocopia)s? (legalizada|autenticada|certificada por notario)"
    ),
    "fotocopia del DPI": re.compile(
        r"(foto)?copias? (simple |legible |autenticada )?(del?|de su|de la) (dpi|documento personal)"
    ),
}
"""Folded demands that Decreto 5-2021 does away with: sworn statements made beforehand, a police report for a duplicate,
authenticated signatures; and copies of what the State itself issued."""


def _forbidden_demand(service: PublicServiceView) -> Iterator[tuple[str, str]]:
    for requirement in service.requirements:
        folded = folding.fold(f"{requirement.title} {requirement.description}")
        yield from (
            ("requirements", f"{requirement.title}: {name}")
            for name, pattern in _FORBIDDEN.items()
            if pattern.search(folded)
        )


# How it is written ------------------------------------------------------------------------------


def _in_titles(rule: Callable[[str], Iterator[str]]) -> Callable[[PublicServiceView], Iterator[tuple[str, str]]]:
    return lambda service: (("title", excerpt) for excerpt in rule(service.title))


def _in_descriptions(rule: Callable[[str], Iterator[str]]) -> Callable[[PublicServiceView], Iterator[tuple[str, str]]]:
    return lambda service: (("description", excerpt) for excerpt in rule(service.description))


def _in_all_texts(rule: Callable[[str], Iterator[str]]) -> Callable[[PublicServiceView], Iterator[tuple[str, str]]]:
    return lambda service: ((field, excerpt) for field, text in _texts(service) for excerpt in rule(text))


def _in_times(rule: Callable[[str], Iterator[str]]) -> Callable[[PublicServiceView], Iterator[tuple[str, str]]]:
    return lambda service: (("processing_time", each) for each in rule(service.processing_time_text))


def _texts(service: PublicServiceView) -> Iterator[tuple[str, str]]:
    """Give every Spanish text that people read of a record, by field."""
    yield "title", service.title
    yield "description", service.description
    yield "processing_time", service.processing_time_text
    for requirement in service.requirements:
        yield "requirements", requirement.title
        yield "requirements", requirement.description
    for channel in service.channels:
        yield "channels", channel.title
        yield "channels", channel.description
    yield from (("costs", cost.description) for cost in service.costs)


# The rules ----------------------------------------------------------------------------------------


def _rule(
    found: Callable[[PublicServiceView], Iterator[tuple[str, str]]], reason: str, repair: str, english: tuple[str, str]
) -> Rule:
    return Rule(found=found, reason={"es": reason, "en": english[0]}, repair={"es": repair, "en": english[1]})


RULES: Final = {
    "sin-descripcion": _rule(
        _no_description,
        "Quien busca no sabe si esto es lo que necesita.",
        "Diga en dos o tres frases para qué sirve, quién lo puede pedir y qué recibe.",
        ("Who searches cannot tell whether this is it.", "Say in two or three sentences what it is for and for whom."),
    ),
    "sin-requisitos": _rule(
        _absent("requirements"),
        "La gente viaja sin saber qué llevar.",
        "Anote cada requisito por separado. Si no se pide nada, dígalo en la descripción.",
        ("People travel without knowing what to bring.", "Write down each requirement by itself."),
    ),
    "sin-costo": _rule(
        _absent("costs"),
        "Quien no sabe cuánto cuesta paga de más o no va.",
        "Anote cada cobro con su monto y moneda. Si es gratis, escriba 0.",
        ("Who does not know the price pays too much or stays away.", "Write each charge; 0 says free of charge."),
    ),
    "sin-plazo": _rule(
        _no_time,
        "Sin plazo nadie puede reclamar una demora.",
        "Escriba el tiempo máximo en días u horas.",
        ("Without a time nobody can complain of a delay.", "Write the longest time in days or hours."),
    ),
    "sin-canal": _rule(
        _absent("channels"),
        "No se sabe dónde ni cómo pedirlo.",
        "Anote al menos una oficina, página, teléfono o correo.",
        ("Nobody knows where to ask.", "Name at least one office, page, telephone or mail address."),
    ),
    "canal-sin-direccion": _rule(
        _unreachable_channel,
        "Un canal al que no se llega no sirve.",
        "Agregue la dirección de la página, el número o el lugar.",
        ("A channel that cannot be reached is none.", "Add the page's address, the number or the place."),
    ),
    "sin-base-legal": _rule(
        _absent("legal_resources"),
        "Todo trámite debe tener una norma que lo crea (Decreto 5-2021, artículo 5).",
        "Nombre la ley o el acuerdo gubernativo.",
        ("Each procedure needs a norm that creates it.", "Name the act or the government agreement."),
    ),
    "requisito-sin-norma": _rule(
        _requirement_without_norm,
        "Solo se puede pedir lo que una ley o un acuerdo gubernativo manda (Decreto 5-2021, artículo 5).",
        "Nombre la norma de este requisito, o deje de pedirlo.",
        ("Only what a norm sets may be asked for.", "Name the requirement's norm, or stop asking for it."),
    ),
    "exigencia-prohibida": _rule(
        _forbidden_demand,
        "El Decreto 5-2021 quita esta exigencia, o el Estado ya tiene ese dato.",
        "Deje de pedirlo. Si cree que la ley lo permite, nombre la norma en el requisito.",
        ("Decreto 5-2021 does away with this demand, or the State has the datum.", "Stop asking, or name the norm."),
    ),
    "sin-resultado": _rule(
        _absent("outputs"),
        "No se sabe qué recibe la persona al final.",
        "Diga qué documento o constancia se entrega.",
        ("Nobody knows what one holds in the end.", "Name the paper that is handed out."),
    ),
    "sin-fuente": _rule(
        _absent("sources"),
        "No se sabe de dónde salen los datos ni de cuándo son.",
        "Anote la página o el documento, y el día en que lo vio.",
        ("Nobody knows where the figures come from.", "Name the page or paper and the day you looked."),
    ),
    "texto-de-relleno": _rule(
        _placeholders,
        "«Pendiente» no le dice nada a nadie.",
        "Escriba el dato, o deje el campo vacío y declare que no se sabe.",
        ("A placeholder tells nobody anything.", "Write the datum, or say that it is not known."),
    ),
    "costo-sin-moneda": _rule(
        _cost_without_currency,
        "Un monto sin moneda se lee de dos maneras.",
        "Agregue la moneda (GTQ para quetzales).",
        ("An amount without a currency reads two ways.", "Add the currency."),
    ),
    "plazo-vago": _rule(
        _in_times(plain.vague_time),
        "«A la brevedad» no es un plazo.",
        "Escriba un número de días u horas.",
        ("That is no time.", "Write a number of days or hours."),
    ),
    "titulo-de-oficina": _rule(
        _in_titles(plain.office_title),
        "La gente busca lo que hace («sacar el DPI»), no el acto de la oficina («emisión de»).",
        "Empiece con un verbo: sacar, pedir, pagar, inscribir. El nombre oficial va como otro título.",
        ("People look for what they do.", "Begin with a verb; the official name is another title."),
    ),
    "titulo-largo": _rule(
        _in_titles(plain.long_title),
        "Un título largo no se lee completo en un teléfono.",
        f"Use {plain.TITLE_WORDS_MAX} palabras o menos.",
        ("A long title is not read to its end.", f"Use at most {plain.TITLE_WORDS_MAX} words."),
    ),
    "frase-larga": _rule(
        _in_all_texts(plain.long_sentence),
        "Una frase larga se lee dos veces.",
        f"Parta la frase: {plain.SENTENCE_WORDS_MAX} palabras como máximo.",
        ("A long sentence is read twice.", f"Split it: at most {plain.SENTENCE_WORDS_MAX} words."),
    ),
    "texto-largo": _rule(
        _in_descriptions(plain.long_text),
        "Nadie lee un bloque largo para encontrar un dato.",
        "Pase requisitos, costos y plazos a sus campos.",
        ("Nobody reads a block to find one datum.", "Move requirements, costs and times to their fields."),
    ),
    "jerga": _rule(
        _in_all_texts(plain.jargon),
        "Son palabras de oficina que la gente no usa.",
        "Escriba lo que dice la gente.",
        ("Words of offices.", "Write what people say."),
    ),
    "voz-pasiva": _rule(
        _in_all_texts(plain.passive),
        "No se sabe quién lo hace.",
        "Diga quién: «la oficina entrega», «usted firma».",
        ("Nobody knows who does it.", "Say who does."),
    ),
    "orden-de-oficina": _rule(
        _in_all_texts(plain.demand),
        "«Deberá presentar» suena a castigo y alarga la frase.",
        "Hable a la persona: «lleve», «firme», «pague».",
        ("It sounds like a threat.", "Speak to the person: bring, sign, pay."),
    ),
    "todo-en-mayusculas": _rule(
        _in_all_texts(plain.shouted),
        "Las mayúsculas se leen más despacio, y un lector de pantalla las deletrea.",
        "Escriba en minúsculas, con mayúscula donde toca.",
        ("Capitals are read more slowly.", "Write in lower case."),
    ),
    "sigla-sin-explicar": _rule(
        _in_all_texts(plain.bare_acronym),
        "Mucha gente no conoce esa sigla.",
        "Escriba el nombre completo la primera vez, con la sigla entre paréntesis.",
        ("Many do not know that acronym.", "Write the whole name first, the acronym in brackets."),
    ),
}
"""By name, in the order in which they are told."""
