"""Takes the place of the fixture of Strands' own tests: the adapter over a running service, emptied for each test."""

import json
import os
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from weft_session_repository import WeftSessionRepository

URL = os.environ["WEFT_URL"]


class MockedSessionRepository(WeftSessionRepository):
    """Sessions in Weft. Strands' tests use the same names in every test, so each begins without any."""

    def __init__(self, *args: Any) -> None:
        super().__init__(URL)
        with urlopen(f"{URL}/api/sessions?limit=100") as answer:
            sessions = json.load(answer)["sessions"]
        for session in sessions:
            path = quote(session["session_id"], safe="")
            urlopen(Request(f"{URL}/api/sessions/{path}", method="DELETE")).close()
