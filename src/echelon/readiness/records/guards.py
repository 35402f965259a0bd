"""Triggers that refuse to change or delete what was written, and to append what does not follow, for both databases."""

from typing import Final

from echelon.readiness.records.canonical import NOTHING

CHAINED: Final = " OR ".join(
    (
        "NEW.prev <> COALESCE((SELECT hash FROM trail ORDER BY seq DESC LIMIT 1), '" + NOTHING + "')",  # noqa: S608
        "NEW.seq <= COALESCE((SELECT MAX(seq) FROM trail), 0)",
        "(NEW.action <> 'epoch' AND NEW.seq <> COALESCE((SELECT MAX(seq) FROM trail), 0) + 1)",
    )
)
"""When an entry does not follow the last one."""

KEYS: Final = {
    "trail": "seq = NEW.seq OR hash = NEW.hash OR once = NEW.once",
    "records": "kind = NEW.kind AND id = NEW.id AND version = NEW.version",
    "blobs": "hash = NEW.hash",
    "anchors": "epoch = NEW.epoch AND seq = NEW.seq",
}
"""Keys of the append-only tables: a SQLite REPLACE would delete the row that has the same."""


def guards(dialect: str, append_only: tuple[str, ...], never_deleted: tuple[str, ...]) -> list[str]:
    """
    The statements that make the guards.

    Parameters
    ----------
    dialect
        "sqlite" or "postgresql".
    append_only, never_deleted
        Tables that refuse change and deletion, and those that refuse deletion only.
    """
    make = _sqlite if dialect == "sqlite" else _postgresql
    return make(append_only, never_deleted)


def _sqlite(append_only: tuple[str, ...], never_deleted: tuple[str, ...]) -> list[str]:
    kept = [(table, change) for table in append_only for change in ("UPDATE", "DELETE")]
    kept += [(table, "DELETE") for table in never_deleted]
    made = [
        _sqlite_trigger(
            f"{table}_no_{change.lower()}", f"{change} ON {table}", f"{table} is append-only: {change} is refused"
        )
        for table, change in kept
    ]
    made += [
        _sqlite_trigger(
            f"{table}_no_replace",
            f"INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {KEYS[table]})",  # noqa: S608 - fixed words
            f"{table} is append-only: this key is taken",
        )
        for table in append_only
    ]
    follow = "chain: the entry does not follow the last one"
    return [*made, _sqlite_trigger("trail_chained", f"INSERT ON trail WHEN {CHAINED}", follow)]


def _sqlite_trigger(name: str, when: str, words: str) -> str:
    return f"CREATE TRIGGER {name} BEFORE {when} BEGIN SELECT RAISE(ABORT, '{words}'); END"


def _postgresql(append_only: tuple[str, ...], never_deleted: tuple[str, ...]) -> list[str]:
    refuse = "RAISE EXCEPTION '%% is append-only: %% is refused', TG_TABLE_NAME, TG_OP;"
    follow = f"IF {CHAINED} THEN RAISE EXCEPTION 'chain: the entry does not follow the last one'; END IF; RETURN NEW;"
    made = [
        f"CREATE FUNCTION echelon_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$",
        f"CREATE FUNCTION echelon_chained() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {follow} END $$",
        "CREATE TRIGGER trail_chained BEFORE INSERT ON trail FOR EACH ROW EXECUTE FUNCTION echelon_chained()",
    ]
    for table in (*append_only, *never_deleted):
        changes = "UPDATE OR DELETE" if table in append_only else "DELETE"
        for name, when, each in (("kept", changes, "ROW"), ("not_emptied", "TRUNCATE", "STATEMENT")):
            run = "EXECUTE FUNCTION echelon_refuse()"
            made.append(f"CREATE TRIGGER {table}_{name} BEFORE {when} ON {table} FOR EACH {each} {run}")
    return made
