#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Makes the pictures of the page of seedance-tasks serve anew, in a headless
Chromium, with clips of the local service: serve.jpg, serve-phone.jpg and
serve-player.jpg beside this file. BUILD_DIR is the build, build/ by default."""

import json
import os
import subprocess
import sys
import tempfile
import time

DOCS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(DOCS)
os.environ.setdefault("SEEDANCE_SOURCE_ROOT", ROOT)
os.environ.setdefault("BUILD_DIR", os.path.join(ROOT, "build"))
os.environ["GST_PLUGIN_PATH"] = os.path.join(os.environ["BUILD_DIR"], "gst/seedance")
sys.path.insert(0, os.path.join(ROOT, "tests", "serve"))

import browser as browsers  # pylint: disable=wrong-import-position
import page  # pylint: disable=wrong-import-position
from support import Ledger, Serve, Service  # pylint: disable=wrong-import-position

PROMPTS = (
    "A paper boat on a rainy street, close to the water, early morning",
    "A lighthouse in fog; the beam sweeps over the sea, slow pan to the left",
    "A doomed ship in a bottle",
    "纸船漂过水洼, macro, golden light",
    "A tram in the rain at night, reflections on the cobblestones",
)


def order(service, folder, prompt, number):
    env = dict(os.environ, SEEDANCE_STATE_DIR=folder, SEEDANCE_API_KEY="local-key",
               SEEDANCE_BASE_URL=service.api + "/openrouter/api/v1")
    subprocess.run(
        ["gst-launch-1.0", "-q", "seedancesrc", "provider=openrouter",
         "model=bytedance/seedance-2.0",
         "prompt=" + json.dumps(prompt, ensure_ascii=False),
         "resolution=720p", "duration=4", f"seed={number * 7}",
         f"instance=slot-{number}", "poll-interval=100", "!", "fakesink"],
        env=env, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def write_log(ledger, path):
    """As if three of them had been on air this morning."""
    tasks = ledger.rows("SELECT task_id, cost FROM attempts "
                        "WHERE state = 'played' ORDER BY id")
    day = time.strftime("%Y-%m-%d")
    with open(path, "w", encoding="utf-8") as file:
        for i, (task, cost) in enumerate(tasks[:3]):
            file.write(json.dumps({
                "id": f"slot-{i + 1}", "task-id": task, "frames": 96, "held": 0,
                "started": f"{day}T06:{10 + i}:00.040Z", "reason": "end",
                "cost": cost}) + "\n")


def take(browser, serve, name, size, dark=False, click=False):
    page.show(browser, serve, size, dark)
    browser.wait(page.POSTERS)
    if click:
        browser.run("document.querySelectorAll('button.poster')[2].click()")
        browser.wait(page.PLAYER + ".currentTime > 1.5")
        browser.run(page.PLAYER + ".pause()")
    # Frames of videos are painted after they have come.
    browser.run("new Promise((done) => setTimeout(done, 500))")
    browser.picture(os.path.join(DOCS, name), "jpeg", quality=82)


def main():
    service, browser = Service(), browsers.Browser(browsers.find())
    with tempfile.TemporaryDirectory() as folder:
        for number, prompt in enumerate(PROMPTS, 1):
            order(service, folder, prompt, number)
        ledger = Ledger.__new__(Ledger)
        ledger.folder = folder
        log = os.path.join(folder, "as-run.jsonl")
        write_log(ledger, log)
        serve = Serve(folder, "--as-run", log)
        take(browser, serve, "serve.jpg", (1280, 1080))
        take(browser, serve, "serve-player.jpg", (1280, 900), True, True)
        serve.close()
        serve = Serve(folder)
        take(browser, serve, "serve-phone.jpg", (400, 860))
        serve.close()
    browser.close()
    service.close()


if __name__ == "__main__":
    main()
