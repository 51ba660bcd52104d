"""The explorer as a person uses it: a real browser, a real node with its ministries, and no other host."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.graphql.browser import CTRL, Browser, Page
from tests.journeys.node import Node, running

LANGUAGES = {"es": "/explore", "en": "/en/explore"}
WIDTHS = (320, 768, 1280)
WRONG = "query X($cui: String!) {\n  exchange {\n    renap { consultarPersona { nombre } }\n  }\n}\n"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One running node for all these tests."""
    with running(tmp_path_factory.mktemp("node") / "home") as started:
        yield started


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all these tests; each page has storage of its own."""
    with Browser(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, node: Node) -> Iterator[Page]:
    """The explorer in Spanish with the schema in, which in the end has complained of nothing."""
    with browser.page(node.demo["portal_url"] + "/explore") as opened:
        ready(opened)
        yield opened
        assert opened.complaints == []


def ready(page: Page) -> None:
    """Wait until the schema is in."""
    page.wait("document.querySelectorAll('optgroup.made').length > 0")


def put(page: Page, query: str, variables: str = "") -> None:
    """Write a query and its variables as pasting does."""
    page.click("tab-variables")
    page.fill("variables", variables)
    page.fill("query", query)


def put_with_caret(page: Page, query: str) -> None:
    """Write a query and put the caret where it has a bar."""
    put(page, query.replace("|", ""))
    page.js(f"document.getElementById('query').setSelectionRange({query.index('|')}, {query.index('|')})")


def caret(page: Page) -> str:
    """Give the query with a bar at its caret."""
    at = page.js("document.getElementById('query').selectionStart")
    text = page.value("query")
    return f"{text[:at]}|{text[at:]}"


def completions(page: Page) -> list[str]:
    """Ask for completions, and give what is offered."""
    page.press(" ", CTRL)
    page.wait("!document.getElementById('completions').hidden")
    return list(page.js("[...document.querySelectorAll('#options .label')].map((each) => each.textContent)"))


def run(page: Page) -> str:
    """Run by the keyboard, and give the status once the answer is there."""
    page.js("document.getElementById('query').focus()")
    page.js("document.getElementById('status').textContent = ''")
    page.press("Enter", CTRL)
    page.wait("document.getElementById('status').textContent.includes('HTTP')")
    return page.text("status")


def give_token(page: Page, node: Node) -> None:
    """Say who asks."""
    page.click("tab-headers")
    page.fill("token", node.demo["token"])


def test_the_first_example_answers(page: Page, node: Node) -> None:
    """The page opens with a query that runs as it stands, and asks nobody but its own node."""
    assert run(page).startswith("HTTP 200")
    assert msgspec.json.decode(page.text("answer"))["data"]["services"]["totalCount"] > 0
    own = urlsplit(node.demo["portal_url"]).netloc
    assert {urlsplit(address).netloc for address in page.requested} == {own}


def test_a_joined_answer_names_its_messages(page: Page, node: Node) -> None:
    """With a token, a query of two ministries answers, and each message has its id in the table."""
    give_token(page, node)
    joined = node.demo["queries"]["joined"]
    put(page, joined["query"], msgspec.json.encode(joined["variables"]).decode())
    assert run(page).startswith("HTTP 200")
    sent = msgspec.json.decode(page.text("answer"))["extensions"]["sacbe"]["messages"]
    assert len(sent) == 2
    assert all(message["id"] in page.text("messages") for message in sent)


@pytest.mark.parametrize(
    ("before", "offered", "after"),
    [
        ("{ servi| }", "services", "{ services {\n  |\n} }"),
        ("{ services(que|) { totalCount } }", "query", "{ services(query: |) { totalCount } }"),
        ("{ events(kind: L|) { title } }", "LIFE", "{ events(kind: LIFE|) { title } }"),
        (
            "query A($uno: Int, $q: String) { services(query: |) { totalCount } }",
            "$q",
            "query A($uno: Int, $q: String) { services(query: $q|) { totalCount } }",
        ),
        ("{ ...| } fragment F on Query { me { email } }", "F", "{ ...F| } fragment F on Query { me { email } }"),
        ("query A($a: DateT|) { me { email } }", "DateTime", "query A($a: DateTime|) { me { email } }"),
        ("{ exchange { renap { consultarPersona(|) { nombres } } } }", "cui", None),
        ("{ exchange { renap { consultarP| } } }", "consultarPersona", None),
        ("{ me { email @in| } }", "include", "{ me { email @include(if: |) } }"),
        ("|", "query", "query |"),
    ],
    ids=[
        *("field", "argument", "enum", "variable", "fragment", "type", "exchange-argument", "operation", "directive"),
        "definition",
    ],
)
def test_completion_inserts_what_it_says(page: Page, before: str, offered: str, after: str | None) -> None:
    """What stands first is what fits best, Enter takes it, and the caret goes where one writes on."""
    put_with_caret(page, before)
    assert completions(page)[0] == offered
    active = page.js("document.getElementById('query').getAttribute('aria-activedescendant')")
    assert page.js(f"document.getElementById('{active}').getAttribute('aria-selected')") == "true"
    page.press("Enter")
    if after is not None:
        assert caret(page) == after
    assert offered in page.value("query")


def test_the_list_is_used_by_keyboard(page: Page) -> None:
    """Typing opens the list, arrows choose, Escape closes it and changes nothing; Tab then leaves the editor."""
    put_with_caret(page, "{ | }")
    page.type("s")
    page.wait("!document.getElementById('completions').hidden")
    first = page.js("document.querySelector('[aria-selected=true] .label').textContent")
    page.press("ArrowDown")
    assert page.js("document.querySelector('[role=option][aria-selected=true] .label').textContent") != first
    page.press("Escape")
    assert page.js("document.getElementById('completions').hidden")
    assert caret(page) == "{ s| }"
    page.press("Tab")
    assert page.js("document.activeElement.id") != "query"


def test_nothing_is_offered_inside_texts(page: Page) -> None:
    """Within a string or a comment there is nothing to complete."""
    for query in ('{ services(query: "ser|") { totalCount } }', "{ me { email } } # ser|"):
        put_with_caret(page, query)
        page.press(" ", CTRL)
        page.wait("document.getElementById('told').textContent !== ''")
        assert page.js("document.getElementById('completions').hidden")


def test_an_error_is_marked_before_sending(page: Page) -> None:
    """An unknown field, a missing argument and an unused variable are marked at their lines, without a request."""
    asked = len(page.requested)
    put(page, WRONG)
    page.wait("document.querySelectorAll('#problems li').length === 3")
    told = page.text("problems")
    assert all(name in told for name in ("«nombre»", "«cui: String!»", "$cui"))
    assert page.js("[...document.querySelectorAll('#colours .marked')].map((each) => each.textContent)") == [
        *("$", "cui", "consultarPersona", "nombre")
    ]
    assert page.js("document.getElementById('query').getAttribute('aria-invalid')") == "true"
    assert len(page.requested) == asked


def test_a_servers_error_is_marked_at_its_place(page: Page) -> None:
    """What only the server finds is shown with its code, and leads to its line in the editor."""
    put(page, '{\n  exchange {\n    renap {\n      consultarPersona(cui: "1") { nombres }\n    }\n  }\n}\n')
    run(page)
    assert "SACBE-302" in page.text("errors")
    put(page, "{\n  services(first: 1) { totalCount }\n  services(first: 2) { totalCount }\n}\n")
    run(page)
    page.wait("document.querySelectorAll('#problems li').length > 0")
    assert "línea 2" in page.text("problems")


def test_variables_are_checked(page: Page) -> None:
    """Text that is no JSON, a missing value and a stray one are told, and broken JSON is not sent."""
    query = "query A($q: String!) { services(query: $q) { totalCount } }"
    for variables, said in (("{", "no son JSON"), ("{}", "$q"), ('{"q": "a", "z": 1}', "$z"), ("[]", "llaves")):
        put(page, query, variables)
        page.wait(f"document.getElementById('variable-problems').textContent.includes('{said}')")
    put(page, query, "{")
    asked = len(page.requested)
    page.click("run")
    page.wait("document.getElementById('status').textContent.includes('JSON')")
    assert len(page.requested) == asked


def test_no_digit_is_lost(page: Page) -> None:
    """Numbers in the answer are shown digit for digit, however long."""
    shown = "import(document.querySelector('script').src.replace('main', 'json_text')).then((m) => m.laidOut('{}'))"
    assert page.js(shown.replace("{}", '{"a":[12345678901234567890.10,{}],"b":"x, {y}"}')) == (
        '{\n  "a": [\n    12345678901234567890.10,\n    {}\n  ],\n  "b": "x, {y}"\n}'
    )


def test_history_survives_and_holds_no_secret(page: Page, node: Node) -> None:
    """A query is there after a reload, its variables in this tab alone; what lasts has no value and no token."""
    give_token(page, node)
    page.fill("user", "0040136221001")
    put(page, "query Recordada($q: String!) { services(query: $q) { totalCount } }", '{"q": "palabra-secreta"}')
    run(page)
    page.reload()
    ready(page)
    assert page.value("token") == node.demo["token"]
    page.click("tab-history")
    page.click_text("Recordada", "#history")
    assert "Recordada" in page.value("query")
    assert "palabra-secreta" in page.value("variables")
    kept = page.js("JSON.stringify({...localStorage})")
    assert "Recordada" in kept
    assert not any(secret in kept for secret in ("palabra-secreta", node.demo["token"], "0040136221001"))
    page.click_text("Borrar", "#history")
    assert page.js("JSON.stringify({...localStorage})") == "{}"


def test_an_example_of_each_operation_is_ready(page: Page) -> None:
    """Every operation of every provider has a query of its own, and the checker finds nothing wrong with any."""
    texts = page.js(
        """(async () => {
          const base = document.querySelector('script').src.replace('main.js', '');
          const [s, e, c, d] = await Promise.all(
            ['schema', 'examples', 'check', 'sending'].map((name) => import(base + name + '.js')));
          const schema = new s.Schema((await d.data(s.QUESTION)).data.__schema);
          return schema.offers().flatMap((offer) => offer.operations.map((field) => {
            const { query } = e.exampleFor(schema, offer, field);
            return [query, c.check(query, schema).map(({ word }) => word)];
          }));
        })()"""
    )
    assert len(texts) > 5
    assert [problems for _, problems in texts if problems] == []
    chosen = page.js(
        """(() => {
          const select = document.getElementById('example');
          const option = [...select.options].find((each) => each.textContent === 'consultarPersona');
          select.selectedIndex = option.index;
          select.dispatchEvent(new Event('change'));
          return option.parentElement.label;
        })()"""
    )
    assert chosen
    page.wait("document.getElementById('query').value.includes('consultarPersona(cui: $cui)')")
    assert msgspec.json.decode(page.value("variables")) == {"cui": ""}


def test_access_is_asked_for_only_when_confirmed(page: Page, node: Node) -> None:
    """A refusal offers to ask; the request is shown, and is made when it is sent and not before."""
    stranger = node.sacbe("token", "GT/GOV/1002/archivo").stdout.strip()
    page.click("tab-headers")
    page.fill("token", stranger)
    put(page, '{ exchange { p: renap { x: consultarPersona(cui: "1") { nombres } } } }')
    run(page)
    assert "SACBE-301" in page.text("errors")
    page.click_text("Pedir acceso", "#errors")
    page.wait("document.getElementById('request').open")
    assert page.value("request-consumer") == "GT/GOV/1002/archivo"
    assert page.value("request-service") == "GT/GOV/2001/registro-civil/personas"
    page.fill("request-purpose", "Ordenar el archivo")
    assert "--purpose 'Ordenar el archivo'" in page.text("request-command")
    listed = ("access", "list", "--consumer", "GT/GOV/1002/archivo", "--json")
    assert msgspec.json.decode(node.sacbe(*listed).stdout) == []
    page.click_text("Enviar", "#request")
    page.wait("document.getElementById('request-told').textContent.includes('Solicitud')")
    (asked,) = msgspec.json.decode(node.sacbe(*listed).stdout)
    assert asked["purpose"] == "Ordenar el archivo"


def test_the_schema_is_read_by_search_and_back(page: Page) -> None:
    """The pane leads from a found type to another and back, and offers a ready query at an operation."""
    page.click("tab-docs")
    page.fill("find", "RenapQuery")
    page.js("document.getElementById('find').dispatchEvent(new Event('input'))")
    page.click_text("RenapQuery", "#types")
    page.wait("document.querySelector('#types h3').textContent.includes('RenapQuery')")
    page.click_text("RenapPersona", "#types")
    page.wait("document.querySelector('#types h3').textContent.includes('RenapPersona')")
    page.click("back")
    page.wait("document.querySelector('#types h3').textContent.includes('RenapQuery')")
    page.click_text("Consulta lista", "#types")
    page.wait("document.getElementById('query').value.startsWith('query')")


@pytest.mark.parametrize("title", ["curl", "Python (urllib)", "Python (httpx)"])
def test_copied_code_runs(page: Page, node: Node, title: str, tmp_path: Path) -> None:
    """The code beside the query gives the same data when it is run, and holds no token."""
    give_token(page, node)
    taxpayer = node.demo["queries"]["taxpayer"]
    page.fill("issue", "EXP-1 'a'")
    put(page, f'# it\'s a \\ "test"\n{taxpayer["query"]}', msgspec.json.encode(taxpayer["variables"]).decode())
    page.click("tab-code")
    code = page.js(
        f"[...document.querySelectorAll('#code section')].find((s) => s.innerText.startsWith('{title}'))"
        ".querySelector('pre').textContent"
    )
    assert node.demo["token"] not in code
    file = tmp_path / "code"
    file.write_text(code)
    ran = subprocess.run(
        ["bash" if title == "curl" else sys.executable, str(file)],
        env={**os.environ, "SACBE_TOKEN": node.demo["token"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert msgspec.json.decode(ran.stdout)["data"] == node.ask_demo("taxpayer")["data"]


def test_keys_lead_around(page: Page) -> None:
    """F6 goes from the query to the variables and on to the answer; arrows change tabs."""
    page.js("document.getElementById('query').focus()")
    for expected in ("variables", "answer"):
        page.press("F6")
        assert page.js("document.activeElement.id") == expected
    page.js("document.getElementById('tab-answer').focus()")
    page.press("ArrowRight")
    assert page.js("document.activeElement.id") == "tab-docs"
    assert not page.js("document.getElementById('panel-docs').hidden")


@pytest.mark.parametrize(("language", "scheme"), [("es", "light"), ("en", "dark")])
def test_everybody_can_use_it(browser: Browser, node: Node, language: str, scheme: str) -> None:
    """In light and dark, axe finds nothing with a result, an error, completions, or in any pane; no width scrolls."""
    with browser.page(node.demo["portal_url"] + LANGUAGES[language]) as page:
        prefer(page, scheme)
        ready(page)
        page.js(axe_script())
        run(page)
        assert broken_rules(page) == []
        put(page, WRONG)
        page.wait("document.querySelectorAll('#problems li').length === 3")
        run(page)
        assert broken_rules(page) == []
        put_with_caret(page, "{ | }")
        completions(page)
        assert broken_rules(page) == []
        for tab in ("docs", "access", "code", "headers", "history"):
            page.click(f"tab-{tab}")
            page.wait(f"document.getElementById('panel-{tab}').innerText.length > 40")
            assert broken_rules(page) == []
            for width in WIDTHS:
                page.size(width)
                assert page.js("document.documentElement.scrollWidth <= innerWidth")
        page.js("document.getElementById('request').showModal()")
        assert broken_rules(page) == []


def axe_script() -> str:
    """Give axe as an expression."""
    axe = Path(os.environ.get("SACBE_TEST_NODE_MODULES", ""), "axe-core", "axe.min.js")
    if not axe.is_file():
        pytest.skip("needs axe-core in SACBE_TEST_NODE_MODULES")
    return axe.read_text() + "; 0"


def broken_rules(page: Page) -> list[str]:
    """Give what axe finds wrong with the page as it stands."""
    told = "run.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' '))"
    return list(page.js(f"axe.run(document).then((run) => {told})"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["", "/renap"])
def test_everybody_can_read_the_schema(browser: Browser, node: Node, language: str, path: str) -> None:
    """axe finds nothing in light or dark, no width makes a page scroll sideways, nothing is complained of."""
    with browser.page(node.demo["portal_url"] + LANGUAGES[language] + "/schema" + path) as page:
        page.js(axe_script())
        for scheme in ("light", "dark"):
            prefer(page, scheme)
            assert broken_rules(page) == []
        for width in WIDTHS:
            page.size(width)
            assert page.js("document.documentElement.scrollWidth <= innerWidth")
        assert page.complaints == []


def prefer(page: Page, scheme: str) -> None:
    """Ask for light or dark, as the reader's system would."""
    page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
