"""Choose a sample of the mutations of a session, the same every time, and report on it.

`sample.py choose SESSION COUNT` leaves COUNT of them; `sample.py report SESSION` lists survivors.
"""

from __future__ import annotations

import sqlite3
import sys
from hashlib import sha256


def choose(session: str, count: int) -> None:
    """Leave `count` mutations, spread by a digest of what they are."""
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "select job_id, module_path, operator_name, occurrence from mutation_specs "
            "where job_id not in (select job_id from work_results)"
        ).fetchall()
        rows.sort(key=lambda row: sha256(repr(row[1:]).encode()).hexdigest())
        for row in rows[count:]:
            database.execute("delete from mutation_specs where job_id = ?", row[:1])
            database.execute("delete from work_items where job_id = ?", row[:1])
    print(f"{min(count, len(rows))} of {len(rows)} mutations chosen")


def report(session: str) -> None:
    """Print what survived, and the share that was killed."""
    with sqlite3.connect(session) as database:
        rows = database.execute(
            "select module_path, start_pos_row, operator_name, occurrence, test_outcome, diff "
            "from mutation_specs join work_results using (job_id) "
            "where worker_outcome = 'NORMAL'"
        ).fetchall()
    killed = sum(row[4] != "SURVIVED" for row in rows)
    for module, line, operator, _, outcome, diff in sorted(rows):
        if outcome == "SURVIVED":
            changed = [text for text in (diff or "").splitlines() if text[:1] in "+-"][2:]
            print(f"{module}:{line} {operator}\n    " + "\n    ".join(changed))
    print(f"{killed} of {len(rows)} mutations killed: {killed / max(len(rows), 1):.1%}")


if __name__ == "__main__":
    if sys.argv[1] == "choose":
        choose(sys.argv[2], int(sys.argv[3]))
    else:
        report(sys.argv[2])
