#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Loads a page in a headless Chromium, and prints what came of it as one line of JSON.

    page.py FILE WIDTH light|dark [--no-scripts] [--picture FILE] [--fragment ID]

The browser is asked by its DevTools protocol, over pipes: no port is open, and no package is needed. Exit code 69 where
there is no Chromium.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

# The properties that the browser itself reads; scripts of pages may be off nevertheless.
PROBE = """(() => {
    const root = document.scrollingElement, wide = [];
    for (const element of document.querySelectorAll('body *')) {
        // What is in a box that scrolls, or not shown, cannot make the page wider.
        if (element.closest('.scroll, svg.chart svg, .hidden')) continue;
        const box = element.getBoundingClientRect();
        if (box.width > 0 && box.height > 0 && (box.right > innerWidth + 0.5 || box.left < -0.5))
            wide.push(element.tagName + ' ' + element.textContent.slice(0, 40) + ' ' + Math.round(box.right));
    }
    const overlapping = [];
    for (const chart of document.querySelectorAll('svg.chart')) {
        for (const kind of ['.x', '.y', '.name', '.mark text']) {
            const boxes = [...chart.querySelectorAll('text' + kind)].map(each => [each, each.getBoundingClientRect()])
                .filter(([, box]) => box.width > 0);
            boxes.forEach(([text, box], index) => boxes.slice(index + 1).forEach(([other, second]) => {
                if (box.left < second.right && second.left < box.right && box.top < second.bottom - 2
                    && second.top < box.bottom - 2)
                    overlapping.push(kind + ' ' + text.textContent + ' / ' + other.textContent);
            }));
        }
    }
    const smallest = Math.min(...[...document.querySelectorAll('svg.chart text')]
        .filter(text => text.getBoundingClientRect().width > 0).map(text => text.getBoundingClientRect().height));
    return {
        scroll_width: root.scrollWidth, inner_width: innerWidth, height: root.scrollHeight, wide, overlapping,
        smallest_text: smallest, text: document.body.innerText, charts: document.querySelectorAll('svg.chart').length,
        tables: document.querySelectorAll('details table').length,
        hovers: document.querySelectorAll('svg.chart rect > title').length,
        shown: location.hash ? document.querySelector(location.hash)?.checkVisibility() ?? null : null,
        page_color: getComputedStyle(document.body).backgroundColor, scripts: document.scripts.length,
    };
})()"""


class Browser:
    """A Chromium that reads commands from descriptor 3 and answers on descriptor 4."""

    def __init__(self, executable, profile):
        (read_commands, self.commands), (self.answers, write_answers) = os.pipe(), os.pipe()
        # Descriptor numbers other than the two that the browser expects.
        read_commands, write_answers = (self.moved(each) for each in (read_commands, write_answers))

        def arrange():
            os.dup2(read_commands, 3)
            os.dup2(write_answers, 4)

        self.process = subprocess.Popen(
            [executable, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--no-first-run", "--disable-extensions", "--disable-background-networking", "--remote-debugging-pipe",
             f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(3, 4), preexec_fn=arrange, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(read_commands)
        os.close(write_answers)
        self.buffer, self.number, self.events = b"", 0, []

    @staticmethod
    def moved(descriptor):
        duplicate = os.dup(descriptor)
        while duplicate < 10:
            duplicate = os.dup(duplicate)
        os.close(descriptor)
        return duplicate

    def message(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.answers, 1 << 16)
            if not piece:
                sys.exit("the browser ended")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, session=None, **parameters):
        self.number += 1
        command = {"id": self.number, "method": method, "params": parameters}
        if session:
            command["sessionId"] = session
        os.write(self.commands, json.dumps(command).encode() + b"\0")
        while True:
            message = self.message()
            if message.get("id") == self.number:
                if "error" in message:
                    sys.exit(f"{method}: {message['error']['message']}")
                return message["result"]
            self.events.append(message)

    def wait(self, name):
        while not any(event.get("method") == name for event in self.events):
            self.events.append(self.message())


def main():
    page, width, scheme = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]), sys.argv[3]
    has_scripts, picture = "--no-scripts" not in sys.argv, None
    if "--picture" in sys.argv:
        picture = sys.argv[sys.argv.index("--picture") + 1]
    address = page.as_uri()
    if "--fragment" in sys.argv:
        address += "#" + sys.argv[sys.argv.index("--fragment") + 1]
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not executable:
        print("there is no chromium in PATH", file=sys.stderr)
        sys.exit(69)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(executable, profile)
        try:
            target = browser.call("Target.createTarget", url="about:blank")["targetId"]
            session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                browser.call(f"{domain}.enable", session)
            browser.call("Emulation.setDeviceMetricsOverride", session, width=width, height=900, deviceScaleFactor=1,
                         mobile=width < 600)
            browser.call("Emulation.setEmulatedMedia", session,
                         features=[{"name": "prefers-color-scheme", "value": scheme}])
            if not has_scripts:
                browser.call("Emulation.setScriptExecutionDisabled", session, value=True)
            browser.events.clear()
            browser.call("Page.navigate", session, url=address)
            browser.wait("Page.loadEventFired")
            answer = browser.call("Runtime.evaluate", session, expression=PROBE, returnByValue=True)
            if "exceptionDetails" in answer:
                sys.exit(str(answer["exceptionDetails"]))
            result = answer["result"]["value"]
            result["errors"], result["requests"] = [], 0
            for event in browser.events:
                method, parameters = event.get("method"), event.get("params", {})
                if method == "Log.entryAdded":
                    result["errors"].append(parameters["entry"]["text"])
                elif method == "Runtime.exceptionThrown":
                    result["errors"].append(parameters["exceptionDetails"]["text"])
                elif method == "Runtime.consoleAPICalled":
                    result["errors"].append(str(parameters["args"]))
                elif method == "Network.requestWillBeSent":
                    # An icon within the page itself is no request.
                    result["requests"] += not parameters["request"]["url"].startswith("data:")
            if picture:
                height = min(result["height"], 16000)
                clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
                shot = browser.call("Page.captureScreenshot", session, captureBeyondViewport=True, clip=clip)
                pathlib.Path(picture).write_bytes(base64.b64decode(shot["data"]))
            print(json.dumps(result))
        finally:
            browser.process.kill()
            browser.process.wait()


main()
