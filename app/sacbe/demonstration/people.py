"""The invented people of the demonstration: the same in all three ministries.

Nobody here exists. Names are put together from lists, and every identity number (CUI)
fails the national check digit, so that none can ever be a living person's. They are
made by arithmetic alone: the same people on every machine, in every release.

A CUI has 13 digits: eight of a number, one check digit, four of the place of birth.
"""

from dataclasses import dataclass
from datetime import date, timedelta

PEOPLE_COUNT = 240
"""Enough for a list of 100 and for pages of it."""

_NUMBERS_APART = 389_017
_FIRST_NUMBER = 12_345
_EARLIEST_BIRTH = date(1946, 2, 7)
_DAYS_BETWEEN_BIRTHS = 97

_WOMEN = (
    "María José", "Ana Lucía", "Ixchel", "Begoña", "Rosa Elvira", "Juana", "Andrea Sofía", "Dominga", "Inés",
    "Catarina", "Ximena", "Magdalena", "Aura Violeta", "Nikté", "Concepción",
)  # fmt: skip
_MEN = (
    "José Ángel", "Juan Pablo", "Tomás", "Diego", "Sebastián", "Marcos Andrés", "Íñigo", "Pascual", "Édgar Rolando",
    "Balam", "Óscar", "Francisco Javier", "Baltazar", "Raúl",
)  # fmt: skip
_SURNAMES = (
    "Ajú", "Batzín", "Caal", "Choc", "Cuxum", "Ixcot", "Muñoz", "Núñez", "Ordóñez", "Pacay", "Quiñónez", "Tzoc",
    "Xicará", "García", "Méndez", "Pérez", "Castañeda", "Velásquez", "Ramírez", "Güitz", "Yaxón", "Poóu", "Saquic",
)  # fmt: skip
MARITAL_STATUSES = ("SOLTERO", "CASADO", "UNIDO", "DIVORCIADO", "VIUDO")


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality by its official code: two digits of the department, two of its own."""

    code: str
    name: str


MUNICIPALITIES = tuple(
    Municipality(f"{department:02d}01", name)
    for department, name in enumerate(
        (
            "Guatemala", "Guastatoya", "Antigua Guatemala", "Chimaltenango", "Escuintla", "Cuilapa", "Sololá",
            "Totonicapán", "Quetzaltenango", "Mazatenango", "Retalhuleu", "San Marcos", "Huehuetenango",
            "Santa Cruz del Quiché", "Salamá", "Cobán", "Flores", "Puerto Barrios", "Zacapa", "Chiquimula",
            "Jalapa", "Jutiapa",
        ),
        start=1,
    )
)  # fmt: skip
"""The heads of the 22 departments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One invented person, as all three ministries know her."""

    number: int
    """Her place in the list, from which each ministry makes its own data."""
    cui: str
    given_names: str
    surnames: str
    sex: str
    born: date
    birthplace: Municipality
    marital_status: str
    father: str
    mother: str


def check_digit_holds(cui: str) -> bool:
    """Say whether the ninth digit is the right one: the sum of digit i times (i + 2), modulo 11."""
    return int(cui[8]) == _check_digit(cui[:8])


def _check_digit(number: str) -> int:
    return sum(int(digit) * (place + 2) for place, digit in enumerate(number)) % 11


def _cui(position: int, birthplace: Municipality) -> str:
    number = f"{_FIRST_NUMBER + position * _NUMBERS_APART:08d}"
    wrong_digit = (_check_digit(number) + 1 + position % 8) % 10
    return f"{number}{wrong_digit}{birthplace.code}"


def _person(position: int) -> Person:
    is_woman = position % 2 == 0
    given_names = _WOMEN[position // 2 % len(_WOMEN)] if is_woman else _MEN[position // 2 % len(_MEN)]
    paternal = _SURNAMES[position * 7 % len(_SURNAMES)]
    maternal = _SURNAMES[(position * 5 + 3) % len(_SURNAMES)]
    birthplace = MUNICIPALITIES[position * 9 % len(MUNICIPALITIES)]
    return Person(
        number=position,
        cui=_cui(position, birthplace),
        given_names=given_names,
        surnames=f"{paternal} {maternal}",
        sex="F" if is_woman else "M",
        born=_EARLIEST_BIRTH + timedelta(days=position * _DAYS_BETWEEN_BIRTHS),
        birthplace=birthplace,
        marital_status=MARITAL_STATUSES[position * 3 % len(MARITAL_STATUSES)],
        father=f"{_MEN[position * 11 % len(_MEN)]} {paternal}",
        mother=f"{_WOMEN[position * 4 % len(_WOMEN)]} {maternal}",
    )


PEOPLE = tuple(_person(position) for position in range(PEOPLE_COUNT))
BY_CUI = {person.cui: person for person in PEOPLE}
EXAMPLE_CUI = PEOPLE[0].cui
"""The person of the README's first query."""
