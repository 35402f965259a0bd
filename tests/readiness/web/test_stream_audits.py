# ruff: noqa: F811 - fixtures of other files are taken by their names
"""What the live stream tells auditors of a round: when to look anew at what is theirs, and nothing of each other."""

import pytest
from tests.readiness.bench.conftest import audit  # noqa: F401 - a fixture
from tests.readiness.conftest import client
from tests.readiness.web.test_stream import Listener


@pytest.fixture
def opened(audit, address):
    """Two auditors signed in to the API, and an inspector."""
    with client(address, "aud1") as first, client(address, "aud2") as second, client(address, "inspector") as outside:
        yield first, second, outside


def test_an_auditor_is_nudged_for_what_is_the_auditors_own(audit, opened, here):
    first, second, outside = opened
    follows = [Listener(first, wanted=2), Listener(second, wanted=1)]
    none = Listener(outside, wanted=1)
    audit.log(0, "a secret of the first")
    audit.log(0, "another")
    assert follows[0].done() == [{}, {}]
    # The second was told nothing yet: the one thing it hears is the end of the round.
    assert follows[1].events == []
    audit.do(here["quality_head"], "invite", audit.round, {"auditor": here["mock_auditor"].account})
    audit.close()
    assert follows[1].done() == [{}]
    for one in follows:
        assert set(one.names) == {"audits"}
        # Without a number of its own: it would count what others do.
        assert set(one.ids) == {""}
    item = here.until("released")
    assert [event["id"] for event in none.done()] == [item]


def test_nudges_are_given_again_from_where_an_auditor_was(audit, opened):
    first, second, _ = opened
    cursor = first.get("/api/items").json()["cursor"]
    audit.log(0)
    audit.log(1)
    audit.log(1)
    audit.close()
    follow = Listener(first, after=cursor, wanted=3)
    # Being named in the round, the own finding, the round's end; nothing of the second's two.
    assert follow.done() == [{}, {}, {}]
    extra = Listener(second, after=cursor, wanted=4)
    assert extra.done() == [{}] * 4
