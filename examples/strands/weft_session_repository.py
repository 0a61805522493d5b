"""Strands Agents keep their sessions in Weft, over its HTTP API. Needs nothing but Python's own library.

    from strands import Agent
    from strands.session.repository_session_manager import RepositorySessionManager

    repository = WeftSessionRepository("http://127.0.0.1:3000", api_key="…")
    manager = RepositorySessionManager(session_id="user-session-123", session_repository=repository)
    agent = Agent(session_manager=manager)

A message is appended once, however often the request is retried: its number is its client token.
A redacted message is removed from the store; what stands in its place is kept.
"""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from strands.session.session_repository import SessionRepository
from strands.types.exceptions import SessionException
from strands.types.session import Session, SessionAgent, SessionMessage, SessionType

TIMEOUT_SECONDS = 30
PAGE = 200
# A graph or swarm of agents is kept as an agent of its own.
MULTI_AGENT = "multi-agent:"


class WeftSessionRepository(SessionRepository):
    """Sessions, agents and messages in Weft."""

    def __init__(self, url: str, api_key: str | None = None) -> None:
        """Take the address of the service, and a key of WEFT_API_KEYS if it asks for one."""
        self._url = url.rstrip("/") + "/api/sessions"
        self._headers = {"Content-Type": "application/json"}
        if api_key is not None:
            self._headers["Authorization"] = f"Bearer {api_key}"

    def create_session(self, session: Session, **kwargs: Any) -> Session:
        """Create a session; one that exists is an error."""
        given = session.to_dict()
        body = {"session_id": session.session_id, "session_type": session.session_type.value, "metadata": {"strands": given}}
        status, _ = self._call("POST", "", body)
        if status == 200:
            raise SessionException(f"Session {session.session_id} already exists")
        return session

    def read_session(self, session_id: str, **kwargs: Any) -> Session | None:
        """Read a session."""
        found = self._find(_path(session_id))
        if found is None:
            return None
        # A session that another program made has no record of ours.
        return Session.from_dict({"session_type": SessionType.AGENT, **found, **found["metadata"].get("strands", {})})

    def create_agent(self, session_id: str, session_agent: SessionAgent, **kwargs: Any) -> None:
        """Create an agent; one that exists is an error."""
        status, _ = self._call("PUT", _path(session_id, session_agent.agent_id), session_agent.to_dict())
        if status == 200:
            raise SessionException(f"Agent {session_agent.agent_id} already exists in session {session_id}")

    def read_agent(self, session_id: str, agent_id: str, **kwargs: Any) -> SessionAgent | None:
        """Read an agent."""
        found = self._find(_path(session_id, agent_id))
        return None if found is None else SessionAgent.from_dict(found["agent_data"])

    def update_agent(self, session_id: str, session_agent: SessionAgent, **kwargs: Any) -> None:
        """Update an agent that exists."""
        self._require_agent(session_id, session_agent.agent_id)
        self._call("PUT", _path(session_id, session_agent.agent_id), session_agent.to_dict())

    def create_message(self, session_id: str, agent_id: str, session_message: SessionMessage, **kwargs: Any) -> None:
        """Append a message. Weft numbers messages itself, so the number has to be the next one."""
        number = session_message.message_id
        given = session_message.to_dict()
        body = {**given, "client_token": str(number)}
        _, stored = self._call("POST", _path(session_id, agent_id) + "/messages", body)
        if stored["message_id"] != number:
            raise SessionException(f"Message {number} is not the next of agent {agent_id} in session {session_id}")

    def read_message(self, session_id: str, agent_id: str, message_id: int, **kwargs: Any) -> SessionMessage | None:
        """Read a message."""
        page = self._find(f"{_path(session_id, agent_id)}/messages?offset={message_id}&limit=1")
        return SessionMessage.from_dict(page["messages"][0]) if page and page["messages"] else None

    def update_message(self, session_id: str, agent_id: str, session_message: SessionMessage, **kwargs: Any) -> None:
        """Redact a message."""
        given = session_message.to_dict()
        body = {"redact_message": given["redact_message"] or given["message"]}
        self._call("PATCH", f"{_path(session_id, agent_id)}/messages/{session_message.message_id}", body)

    def list_messages(
        self, session_id: str, agent_id: str, limit: int | None = None, offset: int = 0, **kwargs: Any
    ) -> list[SessionMessage]:
        """List messages in order."""
        found: list[SessionMessage] = []
        next_offset: int | None = offset
        while next_offset is not None and (limit is None or len(found) < limit):
            asked = PAGE if limit is None else min(PAGE, limit - len(found))
            page = self._find(f"{_path(session_id, agent_id)}/messages?offset={next_offset}&limit={asked}")
            if page is None:
                return []
            found += [SessionMessage.from_dict(message) for message in page["messages"]]
            next_offset = page["next_offset"]
        return found

    def create_multi_agent(self, session_id: str, multi_agent: Any, **kwargs: Any) -> None:
        """Create the state of a graph or swarm."""
        self._call("PUT", _path(session_id, MULTI_AGENT + multi_agent.id), {"multi_agent": multi_agent.serialize_state()})

    def read_multi_agent(self, session_id: str, multi_agent_id: str, **kwargs: Any) -> dict[str, Any] | None:
        """Read the state of a graph or swarm."""
        found = self._find(_path(session_id, MULTI_AGENT + multi_agent_id))
        return None if found is None else found["agent_data"]["multi_agent"]

    def update_multi_agent(self, session_id: str, multi_agent: Any, **kwargs: Any) -> None:
        """Update the state of a graph or swarm that exists."""
        self._require_agent(session_id, MULTI_AGENT + multi_agent.id)
        self.create_multi_agent(session_id, multi_agent)

    def _require_agent(self, session_id: str, agent_id: str) -> None:
        if self._find(_path(session_id, agent_id)) is None:
            raise SessionException(f"Agent {agent_id} does not exist in session {session_id}")

    def _find(self, path: str) -> dict[str, Any] | None:
        try:
            return self._call("GET", path)[1]
        except SessionException as error:
            if isinstance(error.__cause__, HTTPError) and error.__cause__.code == 404:
                return None
            raise

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data=data, headers=self._headers, method=method)
        try:
            with urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.status, json.load(answer)
        except HTTPError as error:
            problem = json.load(error)
            raise SessionException(f"{method} {path}: {problem['detail']}") from error


def _path(session_id: str, agent_id: str | None = None) -> str:
    session = "/" + quote(session_id, safe="")
    return session if agent_id is None else f"{session}/agents/{quote(agent_id, safe='')}"
