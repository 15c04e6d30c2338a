# SPDX-License-Identifier: LGPL-2.1-or-later
"""Drives a headless Chromium by its debugging protocol: JSON messages over two
pipes."""

import base64
import json
import os
import shutil
import subprocess
import tempfile

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# The key codes that Chromium wants for these keys.
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35}


def find():
    """Returns the path of the program, or None if there is none."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """A browser with one page in one window."""

    def __init__(self, program):
        self.home = tempfile.mkdtemp(prefix="browser-")
        down, self.commands = os.pipe()
        answers, up = os.pipe()

        def arrange():
            os.dup2(os.dup(down), 3)
            os.dup2(os.dup(up), 4)

        # The pipes may have the numbers 3 and 4 themselves, so move them away
        # first.
        down, up = os.dup2(down, 100), os.dup2(up, 101)
        self.process = subprocess.Popen(
            [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox",
             "--no-first-run", "--disable-gpu", "--hide-scrollbars",
             "--autoplay-policy=no-user-gesture-required",
             "--disable-dev-shm-usage", "--disable-background-networking",
             "--disable-component-update", "--user-data-dir=" + self.home],
            preexec_fn=arrange, close_fds=False, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(down)
        os.close(up)
        self.answers = os.fdopen(answers, "rb")
        self.rest = b""
        self.number = 0
        self.session = None
        self.errors = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(domain + ".enable")

    def receive(self):
        while b"\0" not in self.rest:
            piece = os.read(self.answers.fileno(), 1 << 20)
            if not piece:
                raise EOFError("the browser has ended")
            self.rest += piece
        message, _, self.rest = self.rest.partition(b"\0")
        return json.loads(message)

    def note(self, event):
        """Keeps the events that a browser's console shows as errors or
        warnings."""
        method, what = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(what["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and what["type"] in (
                "error", "warning", "assert"):
            self.errors.append(json.dumps(what["args"]))
        elif method == "Log.entryAdded" and what["entry"]["level"] in (
                "error", "warning"):
            self.errors.append(json.dumps(what["entry"]))

    def send(self, method, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self.receive()
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.note(message)

    def run(self, script):
        """Evaluates an expression in the page and returns its value. Waits if
        the value is a promise."""
        result = self.send("Runtime.evaluate", expression=script,
                           awaitPromise=True, returnByValue=True,
                           userGesture=True)
        if "exceptionDetails" in result:
            raise RuntimeError(json.dumps(result["exceptionDetails"]))
        return result["result"].get("value")

    def wait(self, condition):
        """Waits until a condition, an expression in the page, is true."""
        self.run("new Promise((done) => { const look = () => { let good = false;"
                 f" try {{ good = {condition}; }} catch (e) {{}}"
                 " if (good) done(true); else setTimeout(look, 20); }; look(); })")

    def size(self, width, height, dark=False, scale=1):
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=scale, mobile=False)
        self.send("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "no-preference"}])

    def open(self, address):
        self.errors.clear()
        self.send("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def press(self, key, shift=False):
        what = {"key": key, "code": "Space" if key == " " else key,
                "windowsVirtualKeyCode": KEYS[key], "modifiers": 8 if shift else 0}
        text = {"text": "\r" if key == "Enter" else key} if key in (
            "Enter", " ") else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", **what, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **what)

    def picture(self, path, kind="png", **more):
        data = self.send("Page.captureScreenshot", format=kind, **more)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def close(self):
        os.close(self.commands)
        self.process.kill()
        self.process.wait()
        self.answers.close()
        shutil.rmtree(self.home, ignore_errors=True)
