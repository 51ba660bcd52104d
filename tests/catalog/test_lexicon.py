"""A lexicon says what words may mean; what ships is data that anybody may read and correct."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import folding, kept_lexicons, lexicon, lexicons, search
from sacbe_catalog.kept_lexicons import LexiconsInForce
from sacbe_catalog.lexicon import GROUPS_MAX, Alternative, Entry, Lexicon, Lexicons
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.records import Catalogue, Institution, PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.errors import ImportRefused, RecordNotFound

BASE = "https://sacbe.example/id/"
SMALL = Lexicon(
    language="es",
    fillers=("se", "me", "mi", "el", "de", "quiero", "no"),
    generic=("sacar", "papel"),
    entries=(
        Entry(say=("se muri*", "falleció"), mean=("defunción",), also=("pensión sobrevivencia",)),
        Entry(say=("se murió mi esposo",), mean=("viudez",)),
        Entry(say=("no paga*",), mean=("denuncia laboral",)),
        Entry(say=("pisto",), mean=("dinero",)),
    ),
)


def groups(text: str, known: Lexicon = SMALL) -> list[set[str]]:
    """Give the alternatives of each group of a text, each as one text."""
    meaning = Lexicons([known]).read(search.understand(text, "es"))
    return [{" ".join(one.words) for one in group.alternatives} for group in meaning.groups]


def test_a_saying_means_what_the_lexicon_says() -> None:
    """What was written stays one way to be answered; each meaning is another, less close where it is only possible."""
    (group,) = Lexicons([SMALL]).read(search.understand("se murió", "es")).groups
    assert group.alternatives == (
        Alternative(("murió",), 1.0),
        Alternative(("defunción",), lexicon.MEANT),
        Alternative(("pensión", "sobrevivencia"), lexicon.ALSO),
    )


def test_the_longest_saying_counts() -> None:
    """Where a saying goes on as a longer one, the longer one is meant."""
    assert groups("se murió mi esposo") == [{"murió esposo", "viudez"}]
    assert groups("se murió mi tío") == [{"murió", "defunción", "pensión sobrevivencia"}, {"tío"}]


def test_accents_endings_and_fillers_do_not_matter() -> None:
    """A saying is known without its accents, in any ending where it says so, and with fillers between."""
    for text in ("SE MURIO", "se murieron", "se me murió", "fallecio"):
        assert "defunción" in groups(text)[0], text
    assert "denuncia laboral" in groups("no me quiero pagar")[0]
    assert groups("no la paga") == [{"la"}, {"paga"}]


def test_words_that_go_with_any_paper_count_less() -> None:
    """A generic word counts a fraction; a filler is not looked up at all."""
    read = Lexicons([SMALL]).read(search.understand("quiero sacar el pisto", "es"))
    assert [group.weight for group in read.groups] == [lexicon.GENERIC_WEIGHT, 1.0]
    assert read.folded == "sacar pisto"


def test_every_language_shares_the_spanish_lexicon() -> None:
    """Who asks in another language may mix Spanish in; her own lexicon and the Spanish one both know her words."""
    maya = Lexicon(language="quc", entries=(Entry(say=("wuj",), mean=("documento",), source="a dictionary"),))
    read = Lexicons([SMALL, maya]).read(search.understand("wuj pisto", "quc"))
    assert [{word for one in group.alternatives for word in one.words} for group in read.groups] == [
        {"wuj", "documento"},
        {"pisto", "dinero"},
    ]


@given(st.text(max_size=search.QUERY_CHARACTERS_MAX))
def test_any_text_is_read_within_bounds(text: str) -> None:
    """Any text becomes at most so many groups, none empty, in words alone."""
    read = lexicons.shipped().read(search.understand(text, "es"))
    assert len(read.groups) <= GROUPS_MAX
    assert all(group.alternatives and 0 < group.weight <= 1 for group in read.groups)
    assert all(word.isalnum() for group in read.groups for one in group.alternatives for word in one.words)
    assert bool(read.folded) == bool(folding.fold(text))


async def test_several_words_mean_one_thing_together(engine: AsyncEngine) -> None:
    """A meaning of two words is answered by a record that has both, and not by one that has either."""
    services = tuple(
        PublicService(identifier=name, title={"es": title}, description={}, institutions=("i",))
        for name, title in (("a", "Denuncia laboral"), ("b", "Denuncia ambiental"), ("c", "Clínica laboral"))
    )
    institution = Institution(identifier="i", title={"es": "Una"})
    await CatalogueStore(engine, BASE).put(Catalogue(services=services, institutions=(institution,)))
    found = await CatalogueReader(engine, BASE, Lexicons([SMALL])).services(query="no me paga")
    assert [one.identifier for one in found.nodes] == ["a"]


# What stewards add ----------------------------------------------------------------------------


def test_what_is_added_goes_before_what_ships() -> None:
    """An added saying takes the place of the same one below; all others stay, and an emptied entry is gone."""
    added = Lexicon(language="es", entries=(Entry(say=("PISTO", "se muri*"), mean=("billete",)),))
    both = lexicon.over(SMALL, added)
    assert groups("pisto", both) == [{"pisto", "billete"}]
    assert "billete" in groups("se murió", both)[0]
    assert "defunción" in groups("falleció", both)[0]
    assert len(both.entries) == len(SMALL.entries)


async def test_versions_are_kept_and_the_newest_is_in_force(engine: AsyncEngine) -> None:
    """Each put is a version with who and why; the newest of each language is read by; an older one can be shown."""
    force = LexiconsInForce(engine)
    first, second = (
        Lexicon(language="es", entries=(Entry(say=("pisto",), mean=(meant,)),)) for meant in ("uno", "dos")
    )
    assert "dos" not in str(force.read(search.understand("pisto", "es")))
    versions = [await kept_lexicons.put(engine, one, who="operator", why="x") for one in (first, second)]
    await kept_lexicons.put(engine, Lexicon(language="kek"), who="operator", why="nothing yet")
    await force.load()
    assert "dos" in str(force.read(search.understand("pisto", "es")))
    assert force.version == 1
    assert [one.version for one in await kept_lexicons.versions(engine, "es")] == versions[::-1]
    assert await kept_lexicons.kept(engine, "es", versions[0]) == first
    assert await kept_lexicons.kept(engine, "es") == second
    for language, version in (("es", 10**9), ("cak", None), ("", None), ("\ud800'", None), ("\0", None)):
        with pytest.raises(RecordNotFound):
            await kept_lexicons.kept(engine, language, version)


# What ships -----------------------------------------------------------------------------------

FILES = sorted(Path(lexicons.__file__).parent.glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_ships_is_well_formed(file: Path) -> None:
    """Each file is of the language that it is named after, and says nothing twice."""
    read = lexicon.read(file.read_bytes(), file=file.name)
    assert read.language == file.stem
    said = [saying for entry in read.entries for saying in entry.say]
    assert len({saying for saying in said if said.count(saying) > 1}) == 0
    assert {folding.fold(word) for word in (*read.fillers, *read.generic)} == {*read.fillers, *read.generic}


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"say": ["a"]}, "says nothing that is meant"),
        ({"say": ["muri*"], "mean": ["de*"]}, "has an asterisk, which only"),
        ({"say": ["mu*ri"], "mean": ["x"]}, "has an asterisk elsewhere"),
        ({"say": ["mu*"], "mean": ["x"]}, "has an asterisk elsewhere"),
        ({"say": ["¿?"], "mean": ["x"]}, "holds something that is no word"),
        ({"say": ["a b c d e f g"], "mean": ["x"]}, "has 7 words; at most 6"),
        ({"say": [], "mean": ["x"]}, "length >= 1"),
        ({"say": ["a"], "mean": ["x"], "weight": 2}, "unknown field"),
        ({"say": ["a"], "mean": ["x"] * 13}, "length <= 12"),
        ({"say": "a", "mean": ["x"]}, "Expected `array`"),
    ],
)
def test_a_wrong_entry_is_refused_by_place(entry: dict[str, object], reason: str) -> None:
    """A lexicon with a fault is refused whole, with the entry's place and what is wrong."""
    with pytest.raises(ImportRefused) as refused:
        lexicon.read(msgspec.json.encode({"language": "es", "entries": [entry]}), file="es.json")
    assert reason in str([problem.reason for problem in refused.value.problems])


def test_words_of_other_languages_name_their_source() -> None:
    """A word that not everybody can judge is refused without a source."""
    entry = {"say": ["ja"], "mean": ["agua"]}
    with pytest.raises(ImportRefused) as refused:
        lexicon.read(msgspec.json.encode({"language": "quc", "entries": [entry]}), file="quc.json")
    assert refused.value.problems[0].field == "source"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"language": 1}', b"null"])
def test_what_is_no_lexicon_is_refused(content: bytes) -> None:
    """Anything else than a lexicon is refused with what it must read."""
    with pytest.raises(ImportRefused) as refused:
        lexicon.read(content, file="x.json")
    assert refused.value.problems[0].hint
