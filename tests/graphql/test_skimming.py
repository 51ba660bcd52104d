"""Skimming: what a document's tokens alone tell, before the document is read."""

from contextlib import suppress
from dataclasses import replace

import pytest
from graphql import GraphQLError, parse
from graphql.language import Lexer, Source, TokenKind
from hypothesis import given
from hypothesis import strategies as st

from sacbe_graphql import limits, skimming
from sacbe_graphql.explorer.operations import operations
from sacbe_graphql.limits import Limits
from sacbe_terms.errors import LimitExceeded, SacbeError

TIGHT = Limits(tokens_max=30, aliases_max=1, directives_max=1, nesting_max=4)
PIECES = ["{", "}", "(", ")", "a", "b:", "a:", "@c", "...", "on", "query", '"', '"""', "\\", "[", "]", "$v", "1.5e3"]
PIECES += ["-", "#", "\n", " ", ",", "fragment F on A", "\ufeff", "é", "😀", "(a:{b:[1]})", '"x:{"', "% "]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map(" ".join) | st.lists(st.sampled_from(PIECES)).map("".join)


def lexed(text: str) -> int:
    """Count the tokens as graphql-core's lexer sees them, comments included; raises GraphQLError."""
    lexer, tokens = Lexer(Source(text)), 0
    token = lexer.read_next_token(0)
    while token.kind is not TokenKind.EOF:
        tokens += 1
        token = lexer.read_next_token(token.end)
    return tokens


@given(TEXTS)
def test_tokens_are_those_of_the_lexer(text: str) -> None:
    """Every text that can be read has as many tokens skimmed as read."""
    with suppress(GraphQLError):
        assert lexed(text) == skimming.skim(text, Limits(nesting_max=1_000, aliases_max=1_000, directives_max=1_000))


@given(TEXTS)
def test_nothing_is_refused_that_would_be_let_pass(text: str) -> None:
    """A document that skimming refuses for aliases or directives is refused for them by its tree, or is none."""
    try:
        skimming.skim(text, TIGHT)
    except LimitExceeded as error:
        if error.limit in ("number of tokens", "nesting"):
            return
        with pytest.raises((GraphQLError, SacbeError)):
            # a definition that nothing runs is no valid document either, whatever its tree says
            refuse_whatever_is_not_run(text)


def refuse_whatever_is_not_run(text: str) -> None:
    """Raise for a document beyond the limits, or with a definition that is in no operation."""
    document = parse(text)
    limits.check(document, replace(TIGHT, depth_max=100, introspection_depth_max=100))
    if any(definition.kind != "operation_definition" for definition in document.definitions):
        raise GraphQLError("not only operations")


@pytest.mark.parametrize("example", operations(), ids=lambda example: example.name)
def test_examples_are_skimmed_as_they_are_read(example: object) -> None:
    """The examples are within every limit, token by token."""
    text = example.text  # type: ignore[attr-defined]  # an ExampleOperation, whose type pytest hides
    assert skimming.skim(text, Limits()) == lexed(text)


@pytest.mark.parametrize(
    "text",
    [
        "{ a: b(c: {d: {e: 1}}) } query Q { f: g }",
        '{ a(b: "c: d: e:") }',
        '{ a(b: """ x: y: \\""" z: """) }',
        "query ($a: Int = 1, $b: [Int!]) { c(d: $a) }",
        "{ a @skip(if: true) b @skip(if: true) }",
        "{ a # x: y: z:\n }",
    ],
)
def test_only_aliases_count_as_aliases(text: str) -> None:
    """A colon in arguments, variables, texts or comments is no alias; each definition and field counts by itself."""
    assert skimming.skim(text, TIGHT) == lexed(text)


@pytest.mark.parametrize("sign", ["a", "é", "€", "😀", "\ud800"])
def test_a_document_is_measured_in_utf_8(sign: str) -> None:
    """A document of as many bytes as are allowed passes, whatever its signs are, and one of a byte more does not."""
    allowed = Limits().document_bytes_max
    size = len(sign.encode("utf-8", "surrogatepass"))
    text = "#" + sign * ((allowed - 1) // size)
    text += "#" * (allowed - len(text.encode("utf-8", "surrogatepass")))
    skimming.check_bytes(text, Limits())
    with pytest.raises(LimitExceeded, match=rf"document's bytes is {allowed + 1};"):
        skimming.check_bytes(text + "#", Limits())
