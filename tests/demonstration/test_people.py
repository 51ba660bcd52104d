"""The invented people: plausible, the same everywhere, and nobody's."""

from hypothesis import given
from hypothesis import strategies as st

from sacbe.demonstration import people


def test_no_identity_number_is_a_real_ones_form() -> None:
    """Every number of the demonstration fails the national check digit."""
    assert not [person.cui for person in people.PEOPLE if people.check_digit_holds(person.cui)]


@given(st.integers(0, 99_999_999))
def test_the_check_digit_is_the_national_one(number: int) -> None:
    """At most one of the ten ninth digits holds, and it is the weighted sum modulo eleven."""
    digits = f"{number:08d}"
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, range(2, 10), strict=True)) % 11
    holding = [ninth for ninth in range(10) if people.check_digit_holds(f"{digits}{ninth}0101")]
    assert holding == ([] if weighted == 10 else [weighted])


def test_people_are_plausible() -> None:
    """At least 200 of them, each number once, with leading zeros, accents and ñ among them."""
    numbers = [person.cui for person in people.PEOPLE]
    names = " ".join(f"{person.given_names} {person.surnames}" for person in people.PEOPLE)
    assert len(set(numbers)) == len(numbers) >= 200
    assert all(len(number) == 13 and number.isdigit() for number in numbers)
    assert numbers[0].startswith("000")
    assert set("ñáéíóúü") <= set(names.lower())


def test_people_are_from_every_department() -> None:
    """The last four digits are the code of the municipality of birth, and all 22 departments occur."""
    assert all(person.cui.endswith(person.birthplace.code) for person in people.PEOPLE)
    assert {person.birthplace.code[:2] for person in people.PEOPLE} == {f"{number:02d}" for number in range(1, 23)}
