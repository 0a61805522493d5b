// What a browser does to watch a session: it changes the viewer password for a token that lives
// five minutes, opens an EventSource with it, and asks for another token when that one is over.
const RETRY_MS = 2_000;

/** Calls `onChange(fields)` for each change of the session's metadata, in order; a deleted field is null. */
function watch({ sessionId, password, onChange, onState }) {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}`;
  let lastEventId = '';

  async function open() {
    const answer = await fetch(`${path}/viewer-token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ session_viewer_password: password }),
    });
    if (!answer.ok) throw new Error(`No token: ${answer.status}`);
    const { viewer_token: token } = await answer.json();
    const query = new URLSearchParams({ viewer_token: token, last_event_id: lastEventId });
    const events = new EventSource(`${path}/events?${query}`);
    events.addEventListener('open', () => onState('live'));
    events.addEventListener('message', ({ data, lastEventId: id }) => {
      lastEventId = id;
      const { type, data: fields } = JSON.parse(data);
      if (type === 'metadata_update') onChange(fields);
    });
    events.addEventListener('error', () => {
      onState('reconnecting');
      // A lost connection is opened again by the browser itself. A token that is over is refused:
      // then the stream is closed for good, and begins anew behind the last change that was seen.
      if (events.readyState === EventSource.CLOSED) begin();
    });
  }

  function begin() {
    open().catch(() => {
      onState('reconnecting');
      setTimeout(begin, RETRY_MS);
    });
  }
  begin();
}

const element = (id) => document.getElementById(id);
const shown = new Map();

function show(fields) {
  for (const [key, value] of Object.entries(fields)) {
    if (value === null) shown.delete(key);
    else shown.set(key, value);
  }
  element('metadata').replaceChildren(
    ...[...shown].map(([key, value]) => {
      const row = document.createElement('tr');
      // As text, because metadata may contain anything.
      for (const text of [key, typeof value === 'string' ? value : JSON.stringify(value)]) {
        row.insertCell().textContent = text;
      }
      return row;
    }),
  );
}

// The page's own server made the session and knows its password; only the page gets it.
const session = await (await fetch('/session', { method: 'POST' })).json();
element('session').textContent = session.session_id;
show(session.metadata);
watch({
  sessionId: session.session_id,
  password: session.session_viewer_password,
  onChange: show,
  onState: (state) => (element('state').textContent = state),
});

async function sendFeedback(rating) {
  const answer = await fetch(`/session/${encodeURIComponent(session.session_id)}/feedback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ rating, comment: element('comment').value }),
  });
  element('answer').textContent = answer.ok ? 'Thank you' : (await answer.json()).detail;
}

element('feedback').addEventListener('submit', (event) => {
  event.preventDefault();
  void sendFeedback(event.submitter.value);
});
