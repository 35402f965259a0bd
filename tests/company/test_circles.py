"""Circles: each is found once, wherever the search starts."""

from hypothesis import given
from hypothesis import strategies as st

from echelon.company.circles import circles

nodes = st.sampled_from("abcdefg")
graphs = st.dictionaries(nodes, st.sets(nodes, max_size=3))
chains = st.dictionaries(nodes, st.sets(nodes, max_size=1))


def reaches(follows: dict[str, set[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    left = list(follows.get(start, ()))
    while left:
        node = left.pop()
        if node == goal:
            return True
        if node not in seen:
            seen.add(node)
            left += follows.get(node, ())
    return False


def test_plain_cases() -> None:
    assert circles({"a": ["b"], "b": ["c"], "c": ["d"]}) == []
    assert circles({"x": ["b"], "b": ["c"], "c": ["a"], "a": ["b"]}) == [("a", "b", "c")]
    assert circles({"a": ["a"]}) == [("a",)]
    assert circles({"a": ["b", "c"], "b": ["a"], "c": ["a"]}) == [("a", "b"), ("a", "c")]


def test_a_long_circle_needs_no_deep_stack() -> None:
    follows = {f"n{at:05}": [f"n{(at + 1) % 20_000:05}"] for at in range(20_000)}
    found = circles(follows)
    assert len(found) == 1
    assert len(found[0]) == 20_000


@given(graphs)
def test_what_is_found_is_a_circle_and_no_tangle_is_missed(follows: dict[str, set[str]]) -> None:
    found = circles(follows)
    assert len(found) == len(set(found))
    for circle in found:
        assert circle[0] == min(circle)
        for node, other in zip(circle, (*circle[1:], circle[0]), strict=True):
            assert other in follows[node]
    in_some = {node for node in follows if reaches(follows, node, node)}
    told = {node for circle in found for node in circle}
    assert told <= in_some
    assert all(
        any(reaches(follows, node, other) and reaches(follows, other, node) for other in told) for node in in_some
    )


@given(chains)
def test_with_one_follower_every_circle_is_found(follows: dict[str, set[str]]) -> None:
    told = {node for circle in circles(follows) for node in circle}
    assert told == {node for node in follows if reaches(follows, node, node)}
