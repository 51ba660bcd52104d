"""What of a system's own words reaches a caller: the sentence, and nothing of the machine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_adapters import upstream_words


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("No existe la persona 9999", "No existe la persona 9999"),
        ("Ya venció: 2026-11-23 a las 10:30", "Ya venció: 2026-11-23 a las 10:30"),
        ("El monto 10.50 es menor que 1/2 de 3.14", "El monto 10.50 es menor que 1/2 de 3.14"),
        ("Falla interna\n\tat gt.gob.Leer.leer(Leer.java:7)\n\tat Main.main(Main.java:1)", "Falla interna"),
        ("Falla interna at gt.gob.Leer.leer(Leer.java:7)", "Falla interna"),
        ("Falla interna\n   en Gt.Leer.Leer() en C:\\src\\Leer.cs:línea 7", "Falla interna"),
        ("No se leyó --> System.Exception", "No se leyó --> System.Exception"),
        ("Falló\nCaused by: java.sql.SQLException: ORA-1", "Falló"),
        ("Falló Traceback (most recent call last):\n  File x", "Falló"),
        ("Falló\nStack trace:\n#0 /var/www/a.php(7): leer()", "Falló"),
        ("No contesta http://10.1.2.3:8080/soap?a=b", "No contesta …"),
        ("No contesta 10.1.2.3:1521 ni [fd00::1]:80", "No contesta … ni …"),
        ("No contesta db.interno.gt:1521", "No contesta …"),
        ("No se abre /srv/app/config.xml", "No se abre …"),
        ("No se abre C:\\Sistemas\\app.config", "No se abre …"),
        ("uno\0dos\x1b[31m", "uno dos [31m"),
        ("", ""),
    ],
)
def test_gives_the_sentence_and_not_the_machine(said: str, told: str) -> None:
    """Stacks are cut off, addresses and places are left out, and all else stands as it was said."""
    assert upstream_words.readable(said) == told


@given(st.text(max_size=3000))
def test_any_words_are_short_and_printable(said: str) -> None:
    """Whatever a system says, what is told of it is one printable line of bounded length."""
    told = upstream_words.readable(said)
    assert told.isprintable()
    assert len(told) <= upstream_words.CHARACTERS_MAX


@pytest.mark.parametrize("header", ["application/x-10.0.0.1", "x" * 9000, "text/secreto; charset=a"])
def test_repeats_no_content_type_that_it_does_not_know(header: str) -> None:
    """Only common content types are named, in our own words."""
    assert upstream_words.content(header) == "content of another type"
