"""Search, first half: what a person's words ask for. Pure: text in, a value out.

A query is some weighted words. Words that only say that one asks ("quiero", "cómo") are left
out, and what one does with any paper ("sacar", "tramitar") counts for less than the paper's name.
The value is the seam for more: a lexicon adds words, with weights, between here and `ranking.py`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sacbe_catalog import folding
from sacbe_terms.errors import LimitExceeded

QUERY_CHARACTERS_MAX: Final = 300
"""Of a query: a long spoken question has about a hundred."""

TERMS_MAX: Final = 16
"""Different words that are looked up; what follows them in a long question seldom matters."""

GENERIC_WEIGHT: Final = 0.3
"""What a word counts that goes with any paper, where a word that names one counts 1."""

_FILLERS = """
    abra acerca ahora algo alguien algun alguna aqui ayuda ayudar ayudarme ayuden buenas buenos cada cierto como
    con consigo cosa cosas cual cuales cuando cuanta cuantas cuanto cuantos cuesta cuestan dame dar deberia debo
    deseo dia dias digan dime donde duda dudas el ella entonces era es esa ese eso esta estan estar estara
    estaran estoy favor fue gracias gustar gustaria ha habia hace hacen hacer hacerlo hago han hasta hay he hola
    hubiera informarme ir la las le les llega llevar lo los luego mas me mi mio mis mucho nada necesita
    necesitamos necesito ni nos nuestra nuestro otra otro para pero podemos poder podria por porque pregunta
    puede pueden puedo pues que quede quien quienes quiere quieren quiero quisiera saben saber se ser sera seran
    seria si sirve sobre solo son su sus tal tambien tarda tardan tendra tenemos tener tengo tenia tiene tienen
    toca todo todos tu un una unas uno unos vale voy ya yo
"""

FILLERS: Final = frozenset(_FILLERS.split())
"""Folded words that say that one asks, and not what for."""

_GENERIC = """
    apply conseguir consulta consultar costo costos do documento documentos for gestion gestionar get guatemala
    hacerme how informacion informar my need obtencion obtener papel papeles paso pasos pedir precio
    procedimiento proceso realizar requiere requieren requisito requisitos saca sacar sacarle sacarme saco saque
    servicio servicios solicitar solicito solicitud the tiempo tramitar tramite tramites tramito want what where
"""

GENERIC: Final = frozenset(_GENERIC.split())
"""Folded words that go with any paper."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word asked for, in lower case with its accents, and what it counts."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a person asks: weighted words, and all that she wrote, folded, to compare titles with."""

    terms: tuple[Term, ...]
    folded: str
    language: str

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is left that could be looked for."""
        return not self.folded


_ENDING = re.compile(r"(?<=\w{2})([cs])ion$")
"""Spanish writes no other ending than -ción and -sión, and its stemmer knows the word by the accent."""


def understand(text: str, language: str) -> Query:
    """Say what a person's words ask for; any text will do.

    Raises LimitExceeded when the text is longer than a query may be.
    """
    if len(text) > QUERY_CHARACTERS_MAX:
        raise LimitExceeded("query, in characters,", value=len(text), allowed=QUERY_CHARACTERS_MAX)
    terms = {term.word: term for term in _terms(text)}
    folded = " ".join(folding.fold(term) for term in terms) or folding.fold(text)
    return Query(terms=tuple(terms.values())[:TERMS_MAX], folded=folded, language=language)


def _terms(text: str) -> Iterator[Term]:
    for word in folding.words(text):
        folded = folding.fold(word)
        if folded and folded not in FILLERS:
            yield Term(_ENDING.sub(r"\1ión", word), GENERIC_WEIGHT if folded in GENERIC else 1.0)
