"""The museum of ill systems itself: how much it holds, and that it tells illnesses apart."""

from collections import Counter

from sacbe_adapters.conformance.illness import Speaks
from sacbe_adapters.conformance.illnesses import ILLNESSES, ill_endpoints
from sacbe_terms.errors import (
    LegacySystemFault,
    LegacySystemSilent,
    LegacySystemUnreachable,
    ReplyBreaksContract,
    ReplyNotReadable,
    ReplyTooLarge,
)


def test_every_kind_of_adapter_meets_many_illnesses() -> None:
    """Who reads SOAP and who reads JSON each meets more than a hundred illnesses, and every error a caller can get."""
    errors = {
        LegacySystemFault, LegacySystemSilent, LegacySystemUnreachable, ReplyBreaksContract, ReplyNotReadable,
        ReplyTooLarge,
    }  # fmt: skip
    for speaks in (Speaks.SOAP, Speaks.JSON):
        met = ill_endpoints("http://127.0.0.1:1", speaks)
        assert len(met) > 100
        assert {ILLNESSES[name].error for name in met} == errors


def test_illnesses_of_one_language_are_met_by_those_who_speak_it() -> None:
    """An adapter of another kind meets only what everybody can meet."""
    assert {ILLNESSES[name].speaks for name in ill_endpoints("http://127.0.0.1:1")} == {Speaks.ANY}
    assert set(Counter(illness.speaks for illness in ILLNESSES.values())) == set(Speaks)
