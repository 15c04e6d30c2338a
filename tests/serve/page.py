#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tests the page of seedance-tasks serve in a headless Chromium: a person sees
and plays the ordered clips, on wide and on narrow screens, with a mouse or with
the keyboard alone."""

import contextlib
import os
import sys

import browser as browsers
from support import HOSTILE, Fixture, Serve, run_all

# Folder for screenshots, for a person to look at; without it none are taken.
SHOTS = os.environ.get("SERVE_SHOTS")
SIZES = ((1280, 900), (400, 860))
READY = "document.querySelectorAll('#order-rows tr').length > 0"
POSTERS = ("[...document.querySelectorAll('button.poster video')].filter("
           "(v) => v.src).length > 0 && "
           "[...document.querySelectorAll('button.poster video[src]')].every("
           "(v) => v.readyState >= 2 && v.videoWidth > 0)")
PLAYER = "document.getElementById('video')"


def shot(browser, name):
    if SHOTS:
        browser.run("new Promise((done) => requestAnimationFrame(() => "
                    "requestAnimationFrame(() => setTimeout(done, 300))))")
        browser.picture(os.path.join(SHOTS, name + ".png"))


def show(browser, serve, size=SIZES[0], dark=False):
    browser.size(*size, dark=dark)
    browser.open(serve.address)
    browser.wait(READY)


def assert_fits(browser):
    """Asserts that no element is cut off and that the page does not scroll
    sideways."""
    assert browser.run("document.documentElement.scrollWidth <= innerWidth")
    wide = browser.run(
        "[...document.querySelectorAll('body *')].filter((e) => "
        "e.getClientRects().length && !e.closest('thead') && "
        "(e.getBoundingClientRect().right > innerWidth + 1 || "
        "e.getBoundingClientRect().left < -1)).map((e) => e.outerHTML.slice(0, 80))")
    assert wide == [], wide


def test_it_fits_a_desk_and_a_telephone(browser, serve, ledger):
    ledger.change("UPDATE attempts SET cost = '1.5 USD', tokens = 123456 "
                  "WHERE id = 1")
    ledger.change("UPDATE attempts SET prompt = ? WHERE id = 2", "W" * 3000)
    for size in SIZES:
        for dark in (False, True):
            show(browser, serve, size, dark)
            browser.wait(POSTERS)
            browser.run("document.querySelector('details').open = true")
            assert_fits(browser)
            shot(browser, f"page-{size[0]}-{'dark' if dark else 'light'}")
    assert not browser.errors, browser.errors


# The page follows the browser's preference for a dark or a light scheme.
def test_what_is_dark_is_dark(browser, serve, ledger):
    grounds = []
    for dark in (False, True):
        show(browser, serve, dark=dark)
        grounds.append(browser.run("getComputedStyle(document.body)."
                                   "backgroundColor.match(/\\d+/g).map(Number)"))
    assert min(grounds[0]) > 200 and max(grounds[1]) < 60, grounds


def test_a_hostile_prompt_is_a_text(browser, serve, ledger):
    ledger.change("UPDATE attempts SET provider = ?, resolution = ?, cost = ?, "
                  "task_id = ?, instance = ?, reason = ?", *[HOSTILE] * 6)
    show(browser, serve)
    assert browser.run("[...document.querySelectorAll('.prompt')].some((p) => "
                       f"p.textContent === {HOSTILE!r})")
    browser.run("document.querySelector('button.poster').click()")
    browser.wait("document.getElementById('player').open")
    assert browser.run("document.querySelectorAll('img').length") == 0
    assert browser.run("document.querySelectorAll('script').length") == 1
    assert browser.run("typeof window.hacked") == "undefined"
    assert browser.run("document.title") == "Seedance"
    # The Content-Security-Policy also stops a script that got into the page
    # some other way.
    browser.run("document.body.insertAdjacentHTML('beforeend', "
                "'<img src=x onerror=\"window.hacked=3\">')")
    browser.wait("document.querySelector('img').complete")
    assert browser.run("typeof window.hacked") == "undefined"
    assert any("Content Security Policy" in error for error in browser.errors)


def test_posters_are_the_first_frames(browser, serve, ledger):
    show(browser, serve)
    browser.wait(POSTERS)
    assert browser.run("document.querySelectorAll('button.poster').length") == 3
    assert browser.run("document.querySelectorAll('.poster.none').length") == 1
    assert not browser.errors, browser.errors


def test_a_clip_plays_and_seeks(browser, serve, ledger):
    show(browser, serve)
    browser.run("document.querySelector('button.poster').click()")
    browser.wait(f"{PLAYER}.currentTime > 0.1")
    browser.wait(f"{PLAYER}.ended")
    assert browser.run(f"{PLAYER}.seekable.end(0)") >= 0.9
    browser.run(f"{PLAYER}.currentTime = 0.5; new Promise((done) => "
                f"{PLAYER}.addEventListener('seeked', done, {{ once: true }}))"
                ".then(() => true)")
    shot(browser, "player")
    assert abs(browser.run(f"{PLAYER}.currentTime") - 0.5) < 0.05
    assert not browser.errors, browser.errors


def test_the_player_fits_too(browser, serve, ledger):
    ledger.change("UPDATE attempts SET prompt = ?", "W" * 3000)
    for size in SIZES:
        show(browser, serve, size, dark=size == SIZES[1])
        browser.run("document.querySelector('button.poster').click()")
        browser.wait(f"{PLAYER}.currentTime > 0")
        assert_fits(browser)
        shot(browser, f"player-{size[0]}")


def focused(browser):
    return browser.run(
        "(() => { const e = document.activeElement; return [e.tagName, "
        "e.id || e.className || e.textContent.trim(), getComputedStyle(e)."
        "outlineStyle, e.getBoundingClientRect().top >= 0]; })()")


def test_all_of_it_works_from_the_keyboard(browser, serve, ledger):
    ledger.change("UPDATE attempts SET prompt = ? WHERE id = 2", "words " * 100)
    show(browser, serve)
    met = []
    for _ in range(7):
        browser.press("Tab")
        tag, name, outline, visible = focused(browser)
        assert outline != "none" and visible, (tag, name, outline)
        met.append(name)
    # The failed task has no poster, because it has no clip. Its long reason has
    # a "more" button.
    assert met == ["skip", "Day by day", "poster", "more", "more", "poster",
                   "more"], met
    browser.press("Enter")
    assert browser.run("document.activeElement.getAttribute('aria-expanded')") == "true"
    browser.press("Tab", shift=True)
    browser.press("Enter")
    browser.wait("document.getElementById('player').open")
    assert focused(browser)[1] == "video"
    browser.press("Escape")
    browser.wait("!document.getElementById('player').open")
    assert focused(browser)[1] == "poster"
    browser.wait(f"!{PLAYER}.hasAttribute('src')")
    assert not browser.errors, browser.errors


def test_landmarks_and_names(browser, serve, ledger):
    show(browser, serve, SIZES[1])
    for landmark in ("header", "main", "footer"):
        assert browser.run(f"document.querySelectorAll('{landmark}').length") == 1
    assert browser.run("document.querySelectorAll('h1').length") == 1
    assert browser.run("[...document.querySelectorAll('button')].every((b) => "
                       "b.getAttribute('aria-label') || b.textContent.trim())")
    # On a narrow screen the rows look like cards, but screen readers still find
    # a table.
    nodes = browser.send("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
    assert "table" in roles and roles.count("row") >= 5
    assert roles.count("columnheader") >= 7


# News change only the rows concerned; the other rows keep their elements and
# the focus.
def test_what_is_new_comes_without_flicker(browser, serve, ledger):
    show(browser, serve)
    browser.wait(POSTERS)
    browser.run("(() => { window.first = document.querySelector('#order-rows tr');"
                "document.querySelector('button.poster').focus();"
                "window.seenChanges = 0; new MutationObserver((all) => {"
                "window.seenChanges += all.length; }).observe(document.querySelector("
                "'#order-rows'), { childList: true, subtree: true,"
                "characterData: true }); })()")
    ledger.change("INSERT INTO attempts (name, state, provider, base_url, prompt, "
                  "task_id, created, updated) SELECT ?, 'submitted', provider, "
                  "base_url, 'Brand new', 't-new', created + 1, updated "
                  "FROM attempts WHERE id = 4", "a" * 32)
    browser.wait("document.querySelector('#order-rows .prompt').textContent === "
                 "'Brand new'")
    assert browser.run("document.querySelectorAll('#order-rows tr')[1] === first")
    assert browser.run("document.activeElement.className") == "poster"
    assert browser.run("seenChanges") == 1
    ledger.change("UPDATE attempts SET state = 'failed', reason = 'No sea' "
                  "WHERE prompt = 'Brand new'")
    browser.wait("document.querySelector('#order-rows .badge').textContent === "
                 "'failed'")
    assert not browser.errors, browser.errors


def test_thousands_of_rows(browser, serve, ledger):
    ledger.multiply(3000)
    name, path = ledger.clip("A lighthouse")
    with contextlib.suppress(FileExistsError):
        for (other,) in ledger.rows("SELECT name FROM attempts WHERE id > 4"):
            os.link(path, ledger.path(other + ".mp4"))
    show(browser, serve)
    assert "of 3004" in browser.run("document.getElementById('count').textContent")
    for _ in range(2):
        rows = browser.run("document.querySelectorAll('#order-rows tr').length")
        browser.run("document.getElementById('more').click()")
        browser.wait(f"document.querySelectorAll('#order-rows tr').length > {rows}")
    # A browser can hold only a limited number of players. News must still
    # arrive.
    browser.run("document.querySelectorAll('#order-rows tr')[300].scrollIntoView()")
    browser.wait(POSTERS)
    assert browser.run("document.querySelectorAll('video[src]').length") < 40
    ledger.change("UPDATE attempts SET reason = 'Late news' WHERE id = 4")
    browser.wait("document.querySelector('#order-rows .why').textContent === "
                 "'Late news'")
    assert not browser.errors, browser.errors


def test_a_damaged_ledger_is_told_and_what_was_shown_stays(browser, serve, ledger):
    show(browser, serve)
    ledger.damage()
    browser.wait("!document.getElementById('problem').hidden")
    assert browser.run("document.querySelectorAll('#order-rows tr').length") == 4
    for size in SIZES:
        browser.size(*size)
        assert_fits(browser)
        shot(browser, f"problem-{size[0]}")
    ledger.mend()
    browser.wait("document.getElementById('problem').hidden")
    serve.close()
    browser.wait("document.getElementById('status').textContent.includes("
                 "'does not answer')")


def test_what_was_on_air(browser, serve, ledger):
    task = ledger.rows("SELECT task_id FROM attempts WHERE id = 1")[0][0]
    log = ledger.path("as-run.jsonl")
    with open(log, "w", encoding="utf-8") as file:
        file.write(f'{{"id":"opener","task-id":"{task}","started":'
                   '"2026-11-29T03:00:00.012Z","frames":125,"held":2,'
                   '"reason":"end","cost":"0.35 USD"}\n'
                   '{"id":"<i>portrait</i>","frames":0,"held":0,'
                   '"reason":"moderation"}\n')
    other = Serve(ledger.folder, "--as-run", log)
    try:
        for size in SIZES:
            show(browser, other, size)
            browser.wait("document.querySelectorAll('#air-rows tr').length === 2")
            assert_fits(browser)
            shot(browser, f"air-{size[0]}")
        assert browser.run("document.querySelector('#air-rows td').textContent") == \
            "<i>portrait</i>"
        browser.run("document.querySelector('#air-rows button').click()")
        browser.wait(f"{PLAYER}.currentTime > 0")
        assert not browser.errors, browser.errors
    finally:
        other.close()


def main():
    program = browsers.find()
    if not program:
        print("*** There is no Chromium: THE PAGE IS NOT TESTED. "
              "apt-get install chromium", file=sys.stderr)
        print("1..0 # SKIP there is no Chromium, so THE PAGE IS NOT TESTED: "
              "apt-get install chromium")
        return
    fixture = Fixture()
    browser = browsers.Browser(program)

    @contextlib.contextmanager
    def fresh():
        with fixture.fresh() as (serve, ledger, _):
            yield browser, serve, ledger
            # Leave the page, so that requests that it still makes do not fail
            # when the server is closed.
            browser.open("about:blank")

    try:
        run_all([test for name, test in globals().items()
                 if name.startswith("test_")], fresh)
    finally:
        browser.close()
        fixture.close()


if __name__ == "__main__":
    main()
