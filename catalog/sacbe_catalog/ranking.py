"""Search, last third: one SQL statement that finds, forgives and ranks.

Every word is looked up by its stems; where several mean one thing together, a record must have them
all. What no record has is taken for a misspelling of words that sound alike or look alike. A record's
score is the share of what was asked that it answers: rare words weigh more (inverse document
frequency), titles more than keywords, those more than bodies; how near the whole query is to a title
adds to it. A record below the floor is not shown: silence is better than a guess.
"""

from typing import Final

import sqlalchemy as sa

from sacbe_catalog.lexicon import Meaning

CANDIDATES_MAX: Final = 500
"""Records that are ranked for one query, the most promising by their rarest words."""

COMMON_MIN: Final = 1_500
"""A word that more records have brings in no candidates of its own, unless all words asked for are as common."""

COMPARED_MAX: Final = 100
"""Candidates whose titles are compared with the whole query."""

FIELD_B: Final = 0.8
FIELD_C: Final = 0.4
FIELD_D: Final = 0.25
"""What a word counts in keywords, in the description, requirements and institution, and in the rest; in a title it
counts 1."""

FLOOR: Final = 0.29
"""The least share of what was asked that the best record must answer; below it there is silence."""

TAIL: Final = 0.25
"""The least share that a record must answer to be shown, where the best record's is 1."""

TITLE_FLOOR: Final = 0.45
"""How near a title must come where no word was found at all."""

SIMILAR_MIN: Final = 0.5
"""How alike a misspelt word and the one it is taken for must look, in trigrams."""

UNKNOWN_WEIGHT: Final = 1.0
"""What a word counts that no record has and that resembles none, where the rarest known one counts 1."""

TITLE_WEIGHT: Final = 0.3
"""How much the nearness of the whole query to a title adds to a score."""

SCORE_SCALE: Final = 1_000_000
"""Scores are whole numbers of millionths, so that a cursor can hold one exactly."""

ASKED: Final = r"""
    WITH written AS MATERIALIZED (
        SELECT given.n, given.alternative, given.place, given.word, given.weight, given.closeness, tag AS language,
               lexeme, (SELECT v.services FROM catalog.vocabulary AS v
                        WHERE v.language = tag AND v.lexeme = asked_lexeme.lexeme) AS services
        FROM unnest(CAST(:groups AS integer[]), CAST(:alternatives AS integer[]), CAST(:words AS text[]),
                    CAST(:weights AS float8[]), CAST(:closenesses AS float8[]))
             WITH ORDINALITY AS given (n, alternative, word, weight, closeness, place),
             unnest((SELECT tags FROM chain)) AS tag,
             unnest(catalog.lexemes(tag, given.word)) AS asked_lexeme (lexeme)
    ),
    known AS MATERIALIZED (
        SELECT n, language, closeness, weight, string_agg(matched, ' & ') AS matched, min(services) AS services
        FROM (
            SELECT n, alternative, language, closeness, weight, max(services) AS services,
                   '(' || string_agg(quote_literal(lexeme) || '~', ' | ') FILTER (WHERE services > 0) || ')' AS matched
            FROM written GROUP BY n, alternative, place, language, closeness, weight
        ) AS word
        GROUP BY n, alternative, language, closeness, weight
        HAVING bool_and(services > 0)
    ),
    guessed AS MATERIALIZED (
        SELECT written.n, written.language, guess.closeness, written.weight,
               quote_literal(guess.lexeme) || '~' AS matched, guess.services
        FROM written,
             LATERAL (SELECT catalog.sound(written.lexeme) AS sound OFFSET 0) AS heard,
             LATERAL (
                SELECT v.lexeme, v.services,
                       greatest(public.similarity(v.lexeme, written.lexeme),
                                CASE WHEN v.sound = heard.sound THEN 0.9 ELSE 0 END) AS closeness
                FROM catalog.vocabulary AS v
                WHERE v.language = written.language AND v.lexeme <> ''
                  AND (v.sound = heard.sound OR v.lexeme OPERATOR(public.%) written.lexeme)
                ORDER BY closeness DESC, v.services DESC, v.lexeme
                LIMIT 2
             ) AS guess
        WHERE written.n NOT IN (SELECT known.n FROM known)
          AND written.closeness = 1
          AND length(written.lexeme) >= 4
          AND written.lexeme !~ '[0-9]'
          AND guess.closeness >= CAST(:similar_min AS float8)
    ),
    meant AS MATERIALIZED (
        SELECT n, language, matched, max(closeness) AS closeness, max(weight) AS weight, max(services) AS services
        FROM (SELECT * FROM guessed UNION ALL SELECT n, language, closeness, weight, matched, services FROM known)
             AS either
        GROUP BY n, language, matched
    ),
    everyone AS MATERIALIZED (
        SELECT greatest(max(v.services), 20)::float8 AS services FROM catalog.vocabulary AS v
        WHERE v.lexeme = '' AND v.language = ANY ((SELECT tags FROM chain)::text[])
    ),
    worth AS MATERIALIZED (
        SELECT n, found.services,
               weight * ln(1 + everyone.services / (1 + coalesce(found.services, 0)))
               * CASE WHEN found.services IS NULL THEN CAST(:unknown_weight AS float8) ELSE 1 END AS worth
        FROM (SELECT DISTINCT n, weight FROM written) AS word
        LEFT JOIN (SELECT n, min(services) AS services FROM meant GROUP BY n) AS found USING (n),
        everyone
    ),
"""

"""What each part of a query is looked up as; begins a statement that has `chain`, and ends with a comma."""

# The lateral query, and its language that no index serves: each word goes through the index of words, and only it.
_ANSWERED = r"""
    drawing AS MATERIALIZED (
        SELECT n, language, weight * ln(1 + everyone.services / (1 + meant.services)) * closeness AS worth,
               CAST(replace(matched, '~', '') AS tsquery) AS anywhere,
               CAST(replace(matched, '~', '\:A') AS tsquery) AS in_a,
               CAST(replace(matched, '~', '\:AB') AS tsquery) AS in_b,
               CAST(replace(matched, '~', '\:ABC') AS tsquery) AS in_c,
               meant.services <= greatest(:common_min, (SELECT min(services) FROM worth)) AS is_drawing
        FROM meant, everyone
    ),
    drawn AS MATERIALIZED (
        SELECT hit.service_id, hit.n, max(hit.strength) AS strength
        FROM (
            SELECT search.service_id, drawing.n, drawing.worth * STRENGTH AS strength
            FROM drawing,
                 LATERAL (
                    SELECT holding.service_id, holding.vector
                    FROM catalog.service_search AS holding
                    WHERE holding.vector @@ drawing.anywhere AND holding.language IS NOT DISTINCT FROM drawing.language
                    OFFSET 0
                 ) AS search
            WHERE drawing.is_drawing AND ALLOWED
            OFFSET 0
        ) AS hit
        GROUP BY hit.service_id, hit.n
    ),
    candidates AS MATERIALIZED (
        SELECT service_id, sum(strength) AS strength
        FROM drawn GROUP BY service_id
        ORDER BY strength DESC, service_id
        LIMIT CAST(:candidates_max AS integer)
    ),
    common AS MATERIALIZED (
        SELECT hit.service_id, sum(hit.strength) AS strength
        FROM (
            SELECT search.service_id, drawing.n, max(drawing.worth * STRENGTH) AS strength
            FROM candidates
            JOIN catalog.service_search AS search USING (service_id)
            JOIN drawing ON drawing.language = search.language AND NOT drawing.is_drawing
            WHERE search.vector @@ drawing.anywhere
            GROUP BY search.service_id, drawing.n
        ) AS hit
        GROUP BY hit.service_id
    ),
    answered AS MATERIALIZED (
        SELECT service_id AS id,
               (candidates.strength + coalesce(common.strength, 0)) / (SELECT sum(worth) FROM worth) AS share,
               row_number() OVER (ORDER BY candidates.strength DESC, service_id) AS place
        FROM candidates LEFT JOIN common USING (service_id)
    ),
    best AS MATERIALIZED (SELECT max(share) AS share FROM answered),
"""

_SCORED = r"""
    near AS MATERIALIZED (
        SELECT compared.id, likest.likeness
        FROM (SELECT id FROM answered WHERE place <= :compared_max) AS compared,
             LATERAL (
                SELECT max(public.similarity(title.folded, CAST(:folded AS text))) AS likeness
                FROM catalog.service_title AS title
                WHERE title.service_id = compared.id AND title.language = ANY ((SELECT tags FROM chain)::text[])
             ) AS likest
    ),
    scored AS (
        SELECT answered.id, answered.share + CAST(:title_weight AS float8) * coalesce(near.likeness, 0) AS score
        FROM best, answered LEFT JOIN near USING (id)
        WHERE best.share >= CAST(:floor AS float8) AND answered.share >= best.share * CAST(:tail AS float8)
        UNION ALL
        SELECT search.service_id, 0.5 * max(public.word_similarity(CAST(:folded AS text), search.folded))
        FROM catalog.service_title AS search
        WHERE NOT EXISTS (SELECT FROM best WHERE share >= CAST(:floor AS float8))
          AND CAST(:folded AS text) OPERATOR(public.<%) search.folded
          AND search.language = ANY ((SELECT tags FROM chain)::text[])
          AND ALLOWED
        GROUP BY search.service_id
        HAVING max(public.word_similarity(CAST(:folded AS text), search.folded)) >= CAST(:title_floor AS float8)
    )
    SELECT id, CAST(score * CAST(:score_scale AS float8) AS integer) AS score
    FROM scored
    ORDER BY score DESC, id
    LIMIT CAST(:candidates_max AS integer)
"""

_STRENGTH = r"""CASE
    WHEN search.vector @@ drawing.in_a THEN 1.0
    WHEN search.vector @@ drawing.in_b THEN CAST(:field_b AS float8)
    WHEN search.vector @@ drawing.in_c THEN CAST(:field_c AS float8)
    ELSE CAST(:field_d AS float8)
END"""

_ALLOWED = {True: "search.service_id IN (SELECT id FROM allowed)", False: "TRUE"}
"""Only published services are in search, so that without filters none is to be kept out."""


def ranked(chain: sa.CTE, allowed: sa.CTE | None) -> sa.CTE:
    """Give the ids and scores of the services that answer a query, as part of a larger statement.

    `chain` and `allowed` must be common table expressions of those names, with the columns `tags`
    and `id`; without `allowed` all published services may be found. `parameters` binds the query.
    """
    sql = (ASKED + _ANSWERED + _SCORED).replace("STRENGTH", _STRENGTH)
    text = sa.text(sql.replace("ALLOWED", _ALLOWED[allowed is not None]))
    found = text.columns(sa.column("id", sa.BigInteger), sa.column("score", sa.Integer))
    return found.add_cte(chain, *(() if allowed is None else (allowed,))).cte("ranked")


def parameters(meaning: Meaning) -> dict[str, object]:
    """Give what the statement is to be run with: each word of each alternative of each group, and how it counts."""
    asked = [
        (n, alternative, word, group.weight, one.closeness)
        for n, group in enumerate(meaning.groups)
        for alternative, one in enumerate(group.alternatives)
        for word in one.words
    ]
    return {
        "groups": [n for n, *_ in asked],
        "alternatives": [alternative for _, alternative, *_ in asked],
        "words": [word for *_, word, _, _ in asked],
        "weights": [weight for *_, weight, _ in asked],
        "closenesses": [closeness for *_, closeness in asked],
        "folded": meaning.folded,
        "floor": FLOOR,
        "tail": TAIL,
        "title_floor": TITLE_FLOOR,
        "similar_min": SIMILAR_MIN,
        "unknown_weight": UNKNOWN_WEIGHT,
        "title_weight": TITLE_WEIGHT,
        "field_b": FIELD_B,
        "field_c": FIELD_C,
        "field_d": FIELD_D,
        "candidates_max": CANDIDATES_MAX,
        "common_min": COMMON_MIN,
        "compared_max": COMPARED_MAX,
        "score_scale": SCORE_SCALE,
    }
