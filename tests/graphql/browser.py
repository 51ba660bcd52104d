"""A real Chromium for tests, spoken to over a pipe by the Chrome DevTools Protocol: no driver, no port."""

import base64
import os
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec
import pytest

WAIT_SECONDS_MAX = 20.0
"""For one answer of the browser, or for a page to become what it should; ample on a busy machine."""

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")

_KEYS = {
    "Enter": (13, "\r"),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "ArrowDown": (40, ""),
    "ArrowUp": (38, ""),
    "ArrowLeft": (37, ""),
    "ArrowRight": (39, ""),
    "End": (35, ""),
    "F6": (117, ""),
    " ": (32, " "),
}
CTRL, SHIFT = 2, 8


class Browser:
    """One headless Chromium with a profile of its own; the pipe is file descriptors 3 and 4 of its process."""

    def __init__(self, profile: Path) -> None:
        program = next(filter(None, map(shutil.which, PROGRAMS)), None)
        if program is None:
            pytest.skip("needs chromium")
        from_us, self._write = os.pipe()
        self._read, to_us = os.pipe()
        flags = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
        command = [program, *flags, f"--user-data-dir={profile}", "--remote-debugging-pipe", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{from_us} 4>&{to_us}', "bash", *command],
            pass_fds=(from_us, to_us),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(from_us)
        os.close(to_us)
        self._number = 0
        self._rest = b""
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call("Browser.close")
        self._process.wait(timeout=WAIT_SECONDS_MAX)
        os.close(self._write)
        os.close(self._read)

    def call(self, method: str, session: str = "", **parameters: object) -> dict[str, Any]:
        """Send one command and give its result; events that come meanwhile are kept."""
        self._number += 1
        number = self._number
        message: dict[str, object] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, msgspec.json.encode(message) + b"\0")
        while True:
            told = self._next()
            if told.get("id") == number:
                assert "error" not in told, f"{method}: {told['error']}"
                result: dict[str, Any] = told["result"]
                return result
            self.events.append(told)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], WAIT_SECONDS_MAX)
            assert ready, "the browser is silent"
            self._rest += os.read(self._read, 1 << 20)
        told, _, self._rest = self._rest.partition(b"\0")
        decoded: dict[str, Any] = msgspec.json.decode(told)
        return decoded

    @contextmanager
    def page(self, address: str, *, width: int = 1280, height: int = 900) -> "Iterator[Page]":
        """Open a page in a window of this size, with storage that no other page here has."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Network", "Log"):
            page.call(f"{domain}.enable")
        page.size(width, height)
        page.goto(address)
        try:
            yield page
        finally:
            self.call("Target.disposeBrowserContext", browserContextId=context)


class Page:
    """One page: what a person does there, and what she would see."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command to this page."""
        return self._browser.call(method, self._session, **parameters)

    def size(self, width: int, height: int = 900) -> None:
        """Give the window this size, as a phone or a desk would have it."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **metrics)

    def goto(self, address: str) -> None:
        """Open an address, and wait until its scripts ran."""
        self.call("Page.navigate", url=address)
        self.wait(f"location.href.startsWith({msgspec.json.encode(address).decode()}) && document.readyState")
        self.wait("document.readyState === 'complete'")

    def reload(self) -> None:
        """Load the page again."""
        self.js("window.isOld = true")
        self.call("Page.reload")
        self.wait("!window.isOld && document.readyState === 'complete'")

    def js(self, expression: str) -> Any:
        """Give what an expression comes to; promises are waited for."""
        told = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    def wait(self, expression: str) -> Any:
        """Wait until an expression holds, and give its value."""
        end = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < end:
            if value := self.js(f"(() => {{ try {{ return {expression} }} catch {{ return null }} }})()"):
                return value
            time.sleep(0.02)
        raise AssertionError(f"never true: {expression}")

    def text(self, name: str) -> str:
        """Give the text of the element with this id, as it is shown."""
        return str(self.js(f"document.getElementById('{name}').innerText"))

    def value(self, name: str) -> str:
        """Give what stands in the control with this id."""
        return str(self.js(f"document.getElementById('{name}').value"))

    def fill(self, name: str, text: str) -> None:
        """Replace what stands in a control, as pasting does, and leave it."""
        self.js(f"(() => {{ const e = document.getElementById('{name}'); e.focus(); e.select(); }})()")
        self.call("Input.insertText", text=text)
        self.js(f"document.getElementById('{name}').dispatchEvent(new Event('change'))")

    def type(self, text: str) -> None:
        """Type letter by letter where the focus is."""
        for letter in text:
            self.call("Input.dispatchKeyEvent", type="keyDown", key=letter, text=letter, unmodifiedText=letter)
            self.call("Input.dispatchKeyEvent", type="keyUp", key=letter)

    def press(self, key: str, modifiers: int = 0) -> None:
        """Press a key that has a name."""
        code, text = _KEYS[key]
        named = {"key": key, "code": "Space" if key == " " else key, "windowsVirtualKeyCode": code}
        given = {"text": text} if text and not modifiers & CTRL else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", modifiers=modifiers, **named, **given)
        self.call("Input.dispatchKeyEvent", type="keyUp", modifiers=modifiers, **named)

    def click(self, name: str) -> None:
        """Click the element with this id."""
        self.js(f"document.getElementById('{name}').click()")

    def click_text(self, text: str, within: str = "body") -> None:
        """Click the first button that says this."""
        said = msgspec.json.encode(text).decode()
        found = f"[...document.querySelectorAll('{within} button')].find((b) => b.textContent.includes({said}))"
        self.wait(found + " !== undefined")
        self.js(found + ".click()")

    def screenshot(self, file: Path) -> None:
        """Keep what is seen as a picture."""
        shown = self.call("Page.captureScreenshot", format="png")
        file.write_bytes(base64.b64decode(shown["data"]))

    @property
    def _events(self) -> list[dict[str, Any]]:
        return [event for event in self._browser.events if event.get("sessionId") == self._session]

    @property
    def requested(self) -> list[str]:
        """Every address that this page asked for."""
        sent = [event for event in self._events if event["method"] == "Network.requestWillBeSent"]
        return [event["params"]["request"]["url"] for event in sent]

    @property
    def complaints(self) -> list[str]:
        """What the browser's console says is wrong: exceptions, and what the content policy stopped."""
        thrown = [str(event["params"]) for event in self._events if event["method"] == "Runtime.exceptionThrown"]
        logged = [event["params"]["entry"] for event in self._events if event["method"] == "Log.entryAdded"]
        return thrown + [entry["text"] for entry in logged if entry["source"] in ("security", "javascript")]
