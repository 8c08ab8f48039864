"""Steps through the page of a trace in a real browser: trace_page.py PAGE [FOLDER FOR SCREENSHOTS]

Speaks the WebDriver protocol, which is JSON over HTTP, to Debian's chromedriver; needs nothing but Python. Prints what
it found as JSON: {"steps": 123, "problems": []}.
"""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

KEYS = {"left": "\ue012", "right": "\ue014", "home": "\ue011", "end": "\ue010"}
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
problems = []


class Browser:
    """One window of a size, in a colour scheme."""

    def __init__(self, address, profile, width, height, scheme):
        self.address = address
        self.name = f"{width} {scheme}"
        arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            f"--user-data-dir={profile}", f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}",
        ]
        metrics = {"deviceMetrics": {"width": width, "height": height, "pixelRatio": 1, "touch": False}}
        options = {"args": arguments, "mobileEmulation": metrics}
        answer = self.call("POST", "", {"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.address += "/" + answer["sessionId"]

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.load(reply)["value"]

    def script(self, text, *arguments):
        return self.call("POST", "/execute/sync", {"script": text, "args": list(arguments)})

    def press(self, key):
        key = KEYS.get(key, key)
        actions = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def click(self, selector):
        element = self.call("POST", "/element", {"using": "css selector", "value": selector})
        self.call("POST", f"/element/{element[ELEMENT]}/click", {})

    def expect(self, condition, text):
        if not condition:
            problems.append(f"{self.name}: {text}")

    def state(self):
        """What is current: the server, the call, how many there are, and what is said about it."""
        return self.script("""
            const boxes = [...document.querySelectorAll('.trace .call.current')];
            const section = boxes[0].closest('.trace');
            const text = document.getElementById('current');
            return {count: boxes.length, server: section.dataset.key, call: Number(boxes[0].dataset.call),
              calls: section.querySelectorAll('.call').length, text: text.innerText,
              position: document.getElementById('position').textContent,
              isItsText: text.innerHTML === section.querySelectorAll('.calls > li')[boxes[0].dataset.call].innerHTML,
              closeUps: document.querySelectorAll('#closeup .call.current').length};
            """)


def look(browser, scheme):
    """The page as it is laid out: nothing is cut, and nothing is wider than the window."""
    found = browser.script("""
        const wide = [...document.querySelectorAll('main *')].filter((element) =>
          !element.closest('.table, #closeup, details') && !element.matches('.track i span')
          && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1);
        const cut = [...document.querySelectorAll('.trace .track i span')].filter((text) =>
          text.offsetWidth > 0 && text.getBoundingClientRect().right > text.parentNode.getBoundingClientRect().right + 1);
        const marks = [...document.querySelectorAll('.axis')].flatMap((axis) => {
          const boxes = [...axis.querySelectorAll('.track span')].map((mark) => mark.getBoundingClientRect());
          return boxes.slice(1).filter((box, index) => box.left < boxes[index].right);
        });
        return {scheme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light', marks: marks.length,
          wide: wide.map((element) => element.outerHTML.slice(0, 80)), cut: cut.map((text) => text.textContent),
          overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
          panel: document.getElementById('panel').getBoundingClientRect().height / innerHeight,
          labels: [...document.querySelectorAll('.trace .track i span')].filter((text) => text.offsetWidth > 0).length};
        """)
    browser.expect(found["scheme"] == scheme, f"the scheme is {found['scheme']}")
    browser.expect(not found["wide"] and found["overflow"] <= 0, f"wider than the window: {found['wide']}")
    browser.expect(not found["cut"], f"cut: {found['cut']}")
    browser.expect(found["marks"] == 0, "marks of the axis overlap")
    browser.expect(found["panel"] < 0.55, f"the panel takes {found['panel']:.2f} of the window")
    browser.expect(found["labels"] > 1, f"only {found['labels']} boxes have a label")


def step(browser):
    """Keys and buttons lead to the same places."""
    calls = browser.state()["calls"]
    for action, call in [
        (lambda: browser.press("right"), 1), (lambda: browser.click("#next"), 2), (lambda: browser.press("left"), 1),
        (lambda: browser.click("#previous"), 0), (lambda: browser.press("left"), 0),
        (lambda: browser.press("end"), calls - 1), (lambda: browser.press("right"), calls - 1),
        (lambda: browser.press("home"), 0),
    ]:
        action()
        check(browser, "1", call)
        look_above_the_panel(browser)
    browser.press("4")
    browser.expect(browser.state()["server"] == "4", "the key 4 does not choose stage 4")
    browser.click(".choose:nth-child(2)")
    browser.expect(browser.state()["server"] == "2", "the button 2 does not choose stage 2")
    look_above_the_panel(browser)


def look_above_the_panel(browser):
    """What is chosen can be seen."""
    hidden = browser.script("""
        const lanes = document.querySelector('.trace.current .lanes').getBoundingClientRect();
        return Math.max(lanes.bottom - document.getElementById('panel').getBoundingClientRect().top, -lanes.top);
        """)
    browser.expect(hidden <= 1, f"{hidden:.0f} pixels of the chosen lanes are hidden")


def check(browser, server, call):
    state = browser.state()
    browser.expect(
        state["count"] == state["closeUps"] == 1 and state["isItsText"] and state["text"].strip() != ""
        and (state["server"], state["call"]) == (server, call)
        and f"call {call + 1} of {state['calls']}" in state["position"], f"call {call} of {server}: {state}")
    return state


def tap(browser):
    """The longest call of stage 1 explains the stage."""
    browser.press("1")
    browser.script("""
        const boxes = [...document.querySelectorAll('.trace[data-key="1"] .call.blocked')];
        const longest = boxes.reduce((best, box) => box.offsetWidth > best.offsetWidth ? box : best);
        longest.id = 'longest';
        """)
    browser.click("#longest")
    text = browser.state()["text"]
    for word in ["read(A)", "Connection.receive", "Stage1-Sync/Connection.swift", "B's request", "nothing else meanwhile"]:
        browser.expect(word in text, f"no '{word}' in: {text}")


def step_through(browser):
    """Every call of every server, one after the other."""
    steps = 0
    for server in browser.script("return [...document.querySelectorAll('.trace')].map((trace) => trace.dataset.key)"):
        browser.press(server)
        browser.press("home")
        for call in range(browser.state()["calls"]):
            check(browser, server, call)
            browser.press("right")
            steps += 1
    return steps


def main(page, screenshots=None):
    steps = 0
    with tempfile.TemporaryDirectory() as profile:
        driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        try:
            line = next(line for line in driver.stdout if "started successfully on port" in line)
            address = f"http://127.0.0.1:{line.strip().rstrip('.').split()[-1]}/session"
            for width, height, scheme in [(1200, 900, "light"), (400, 800, "dark"), (400, 800, "light"), (1200, 900, "dark")]:
                browser = Browser(address, f"{profile}/{width}{scheme}", width, height, scheme)
                browser.call("POST", "/url", {"url": pathlib.Path(page).absolute().as_uri()})
                look(browser, scheme)
                step(browser)
                tap(browser)
                if screenshots:
                    image = base64.b64decode(browser.call("GET", "/screenshot"))
                    pathlib.Path(screenshots, f"trace-{width}-{scheme}.png").write_bytes(image)
                if steps == 0:
                    steps = step_through(browser)
                errors = [entry["message"] for entry in browser.call("POST", "/se/log", {"type": "browser"})]
                browser.expect(not errors, f"the console says {errors}")
                browser.call("DELETE", "")
        finally:
            driver.terminate()
            driver.wait()
    print(json.dumps({"steps": steps, "problems": problems}))


main(*sys.argv[1:])
